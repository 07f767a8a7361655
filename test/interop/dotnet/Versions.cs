using System.Reflection;
using Microsoft.Extensions.Caching.StackExchangeRedis;

/// <summary>What really runs here.</summary>
internal static class Versions
{
    public static void MapVersions(this IEndpointRouteBuilder app) => app.MapGet("/versions", () => new
    {
        RedisCache = Of(typeof(RedisCacheOptions).Assembly),
        // The abstractions are of another package: the implementation is what AddHybridCache is in.
        HybridCache = Of(typeof(Microsoft.Extensions.DependencyInjection.HybridCacheServiceExtensions).Assembly),
    });

    private static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
