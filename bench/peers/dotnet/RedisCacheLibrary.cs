using System.Text.Json;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;

/// <summary>RedisCache of ASP.NET Core with JSON, as its users write it.</summary>
public sealed class RedisCacheLibrary(string redis) : Library
{
    private static readonly DistributedCacheEntryOptions Options = new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) };
    private readonly RedisCache _cache = new(new RedisCacheOptions { Configuration = redis, InstanceName = $"bench-{Environment.ProcessId}:" });

    public override async ValueTask<Product> HitAsync(string key) =>
        JsonSerializer.Deserialize<Product>(await _cache.GetAsync(key) ?? throw new InvalidOperationException("it is not there"))!;

    public override async ValueTask SetAsync(string key, Product value) =>
        await _cache.SetAsync(key, JsonSerializer.SerializeToUtf8Bytes(value), Options);
}
