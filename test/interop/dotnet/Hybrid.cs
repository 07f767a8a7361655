using Microsoft.Extensions.Caching.Hybrid;

/// <summary>HybridCache over HTTP, with a count of the factories that ran.</summary>
internal static class Hybrid
{
    public static void MapHybrid(this IEndpointRouteBuilder app)
    {
        var hybrid = app.MapGroup("/hybrid");

        hybrid.MapPost("/getOrCreate", (HybridCall call, HybridCache cache, Factories factories) =>
            Kinds.Of(call).GetOrCreate(cache, call, factories));
        hybrid.MapPost("/set", (HybridCall call, HybridCache cache) => Kinds.Of(call).Set(cache, call));
        hybrid.MapPost("/remove", async (string[] keys, HybridCache cache) => await cache.RemoveAsync(keys));
        hybrid.MapPost("/removeByTag", async (string[] tags, HybridCache cache) => await cache.RemoveByTagAsync(tags));

        app.MapGet("/factories", (string key, Factories factories) => factories.RunsOf(key));
        app.MapPost("/gates", (string name, Factories factories) => factories.Open(name));
    }
}
