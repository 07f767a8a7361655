/// <summary>The cases by their names, each as its rounds, doing what the files of ../cases do.</summary>
public static class Cases
{
    public static Task<Func<Task<Measured>>> PrepareAsync(string library, string name)
    {
        var address = Environment.GetEnvironmentVariable("BENCH_REDIS") is { Length: > 0 } url ? new Uri(url).Authority : null;
        return name switch
        {
            "local-hot" => LocalHits.Of(Library.Of(library, null), Keys(1), Keys(1), 100, 100_000),
            "local-10kb" => LocalHits.Of(Library.Of(library, null), Keys(100), Keys(100), 10_000, 50_000),
            "local-zipf" => LocalHits.Of(Library.Of(library, null), Keys(100_000), LocalHits.Zipf(Keys(100_000), 50_000), 100, 50_000),
            "local-tiered" => LocalHits.Of(Library.Of(library, address), Keys(1_000), Keys(1_000), 100, 50_000),
            "peek" => LocalHits.Peeks(Library.Of(library, null), 200_000),
            "allocated" => LocalHits.Allocated(Library.Of(library, null), Keys(100), 10_000),
            "memory" => Task.FromResult(Footprint.Of(() => Library.Of(library, null), 200_000)),
            "stampede" => Task.FromResult(Stampede.Of(Library.Of(library, null), fails: false)),
            "stampede-failing" => Task.FromResult(Stampede.Of(Library.Of(library, null), fails: true)),
            "redis-hit-1-100b" => RedisOperations.Hits(Library.Of(library, address), address!, 1, 100),
            "redis-hit-1" => RedisOperations.Hits(Library.Of(library, address), address!, 1, 1_000),
            "redis-hit-1-100kb" => RedisOperations.Hits(Library.Of(library, address), address!, 1, 100_000),
            "redis-hit-64" => RedisOperations.Hits(Library.Of(library, address), address!, 64, 1_000),
            "redis-hit-256" => RedisOperations.Hits(Library.Of(library, address), address!, 256, 1_000),
            "redis-set-1" => RedisOperations.Sets(Library.Of(library, address), address!, 1),
            "redis-set-8" => RedisOperations.Sets(Library.Of(library, address), address!, 8),
            "redis-set-64" => RedisOperations.Sets(Library.Of(library, address), address!, 64),
            _ => throw new ArgumentException($"no case {name}"),
        };
    }

    private static string[] Keys(int count) => [.. Enumerable.Range(0, count).Select(i => $"product:{i}")];
}

/// <summary>What a round says.</summary>
public sealed record Measured(double Value, Dictionary<string, double>? More = null);
