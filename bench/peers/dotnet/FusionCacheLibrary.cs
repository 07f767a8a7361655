using Microsoft.Extensions.Caching.StackExchangeRedis;
using ZiggyCreatures.Caching.Fusion;
using ZiggyCreatures.Caching.Fusion.Backplane.StackExchangeRedis;
using ZiggyCreatures.Caching.Fusion.Serialization.SystemTextJson;

/// <summary>FusionCache; over Redis with its backplane.</summary>
public sealed class FusionCacheLibrary : Library
{
    private readonly FusionCache _cache;

    public FusionCacheLibrary(string? redis)
    {
        _cache = new(new FusionCacheOptions { DefaultEntryOptions = new() { Duration = TimeSpan.FromHours(1) } });
        if (redis is null) return;
        _cache.SetupDistributedCache(new RedisCache(new RedisCacheOptions { Configuration = redis }), new FusionCacheSystemTextJsonSerializer());
        _cache.SetupBackplane(new RedisBackplane(new RedisBackplaneOptions { Configuration = redis }));
    }

    public override ValueTask<Product> HitAsync(string key) =>
        _cache.GetOrSetAsync<Product>(key, static _ => throw new InvalidOperationException("a hit calls no factory"));

    public override bool Peek(string key) => _cache.TryGet<Product>(key).HasValue;

    public override ValueTask SetAsync(string key, Product value) => _cache.SetAsync(key, value);

    public override ValueTask<Product> GetOrCreateAsync(string key, Func<CancellationToken, Task<Product>> factory) =>
        _cache.GetOrSetAsync<Product>(key, factory);
}
