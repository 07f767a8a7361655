using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;

/// <summary>What both sides know: with .NET's default naming its JSON has <c>Name</c> and <c>UnitPrice</c>.</summary>
internal sealed record Product(string Name, decimal UnitPrice, string[] Labels, Product? Related);

/// <summary>The types that HybridCache is called with here.</summary>
internal static class Kinds
{
    private static readonly Dictionary<string, IKind> kinds = new()
    {
        ["string"] = new Kind<string?>(),
        ["bytes"] = new Kind<byte[]>(),
        ["int"] = new Kind<int>(),
        ["long"] = new Kind<long>(),
        ["double"] = new Kind<double>(),
        ["bool"] = new Kind<bool>(),
        ["list"] = new Kind<List<int>>(),
        ["strings"] = new Kind<List<string>>(),
        ["product"] = new Kind<Product?>(),
    };

    public static IKind Of(HybridCall call) => kinds[call.Kind];
}

internal interface IKind
{
    Task<IResult> GetOrCreate(HybridCache cache, HybridCall call, Factories factories);
    Task Set(HybridCache cache, HybridCall call);
}

internal sealed class Kind<T> : IKind
{
    // Between this process and the test, whatever naming the cache has.
    private static readonly JsonSerializerOptions transport = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public async Task<IResult> GetOrCreate(HybridCache cache, HybridCall call, Factories factories)
    {
        var ran = false;
        var value = await cache.GetOrCreateAsync(
            call.Key,
            async _ =>
            {
                ran = true;
                await factories.Run(call.Key, call.Gate);
                return ValueOf(call);
            },
            call.Options,
            call.Tags);
        return Results.Json(new Answer(value, ran), transport);
    }

    public async Task Set(HybridCache cache, HybridCall call) =>
        await cache.SetAsync(call.Key, ValueOf(call), call.Options, call.Tags);

    private static T ValueOf(HybridCall call) =>
        call.Value.ValueKind == JsonValueKind.Undefined ? default! : call.Value.Deserialize<T>(transport)!;

    private sealed record Answer(T Value, bool Ran);
}
