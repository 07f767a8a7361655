using System.Globalization;
using Microsoft.Extensions.Caching.Distributed;

/// <summary>IDistributedCache over HTTP.</summary>
internal static class Entries
{
    public static void MapEntries(this IEndpointRouteBuilder app)
    {
        // The key is a query parameter: percent-encoded UTF-8 carries what a path would normalize.
        var entry = app.MapGroup("/entry");

        entry.MapGet("", async (string key, IDistributedCache cache) =>
            await cache.GetAsync(key) is { } value ? Results.Bytes(value) : Results.NotFound());

        entry.MapPut("", async (
            string key, string? absolute, double? relativeMs, double? slidingMs, HttpRequest request, IDistributedCache cache) =>
        {
            using var value = new MemoryStream();
            await request.Body.CopyToAsync(value);
            await cache.SetAsync(key, value.ToArray(), new DistributedCacheEntryOptions
            {
                AbsoluteExpiration = absolute is null ? null : DateTimeOffset.Parse(absolute, CultureInfo.InvariantCulture),
                AbsoluteExpirationRelativeToNow = relativeMs is { } relative ? TimeSpan.FromMilliseconds(relative) : null,
                SlidingExpiration = slidingMs is { } sliding ? TimeSpan.FromMilliseconds(sliding) : null,
            });
        });

        entry.MapPost("/refresh", (string key, IDistributedCache cache) => cache.RefreshAsync(key));
        entry.MapDelete("", (string key, IDistributedCache cache) => cache.RemoveAsync(key));

        // The extensions for strings, as a service would use them.
        entry.MapGet("/string", async (string key, IDistributedCache cache) =>
            await cache.GetStringAsync(key) is { } text ? Results.Json(text) : Results.NotFound());
        entry.MapPut("/string", async (string key, HttpRequest request, IDistributedCache cache) =>
            await cache.SetStringAsync(key, (await request.ReadFromJsonAsync<string>())!));
    }
}
