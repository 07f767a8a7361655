using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

/// <summary>HybridCache of ASP.NET Core, as its services make it; over Redis as its own distributed cache.</summary>
public sealed class HybridCacheLibrary : Library
{
    private static readonly HybridCacheEntryOptions Peeking = new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData };
    private readonly HybridCache _cache;

    public HybridCacheLibrary(string? redis)
    {
        var services = new ServiceCollection();
        // Without a limit, as long as no other is named.
        services.AddMemoryCache();
        if (redis is not null) services.AddStackExchangeRedisCache(options => options.Configuration = redis);
        services.AddHybridCache(options => options.DefaultEntryOptions = new()
        {
            Expiration = TimeSpan.FromHours(1),
            LocalCacheExpiration = TimeSpan.FromHours(1),
        });
        _cache = services.BuildServiceProvider().GetRequiredService<HybridCache>();
    }

    public override ValueTask<Product> HitAsync(string key) =>
        _cache.GetOrCreateAsync<Product>(key, static _ => throw new InvalidOperationException("a hit calls no factory"));

    public override bool Peek(string key)
    {
        var found = _cache.GetOrCreateAsync<Product?>(key, static _ => default, Peeking);
        return found.IsCompletedSuccessfully && found.Result is not null;
    }

    public override ValueTask SetAsync(string key, Product value) => _cache.SetAsync(key, value);

    public override ValueTask<Product> GetOrCreateAsync(string key, Func<CancellationToken, Task<Product>> factory) =>
        _cache.GetOrCreateAsync(key, token => new ValueTask<Product>(factory(token)));
}
