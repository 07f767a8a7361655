/// <summary>What the cases ask of a library.</summary>
public abstract class Library
{
    /// <summary>A value that is there: by the library's get-or-create, with a factory that must not run.</summary>
    public abstract ValueTask<Product> HitAsync(string key);

    /// <summary>Whether a value is held in this process.</summary>
    public virtual bool Peek(string key) => throw new NotSupportedException();

    public abstract ValueTask SetAsync(string key, Product value);

    public virtual ValueTask<Product> GetOrCreateAsync(string key, Func<CancellationToken, Task<Product>> factory) =>
        throw new NotSupportedException();

    /// <summary>A library by its name; with an address, over that Redis.</summary>
    public static Library Of(string name, string? redis) => name switch
    {
        "dotnet-hybrid-cache" => new HybridCacheLibrary(redis),
        "dotnet-fusion-cache" => new FusionCacheLibrary(redis),
        "dotnet-redis-cache" => new RedisCacheLibrary(redis!),
        _ => throw new ArgumentException($"no library {name}"),
    };
}
