using System.Diagnostics;

/// <summary>Loops of hits of what this process holds.</summary>
public static class LocalHits
{
    /// <summary>ns a hit, over a list of keys.</summary>
    public static async Task<Func<Task<Measured>>> Of(Library cache, string[] keys, string[] list, int bytes, int hits)
    {
        for (var i = 0; i < keys.Length; i++) await cache.SetAsync(keys[i], Product.Of(i, bytes));
        await WarmUpAsync(() => LoopAsync(cache, list, hits));
        return async () =>
        {
            var began = Stopwatch.GetTimestamp();
            await LoopAsync(cache, list, hits);
            return new(Stopwatch.GetElapsedTime(began).TotalNanoseconds / hits);
        };
    }

    public static async Task<Func<Task<Measured>>> Allocated(Library cache, string[] keys, int hits)
    {
        for (var i = 0; i < keys.Length; i++) await cache.SetAsync(keys[i], Product.Of(i, 100));
        await WarmUpAsync(() => LoopAsync(cache, keys, hits));
        return async () =>
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await LoopAsync(cache, keys, hits);
            return new((double)(GC.GetTotalAllocatedBytes(precise: true) - before) / hits);
        };
    }

    public static async Task<Func<Task<Measured>>> Peeks(Library cache, int hits)
    {
        await cache.SetAsync("product:0", Product.Of(0, 100));
        await WarmUpAsync(() => { Loop(cache, hits); return Task.CompletedTask; });
        return () =>
        {
            var began = Stopwatch.GetTimestamp();
            Loop(cache, hits);
            return Task.FromResult(new Measured(Stopwatch.GetElapsedTime(began).TotalNanoseconds / hits));
        };
    }

    /// <summary>Keys as popular as words are: the n-th is asked for 1/n as often as the first. The list of ../cases/hits.mjs.</summary>
    public static string[] Zipf(string[] keys, int length)
    {
        var sums = new double[keys.Length];
        var sum = 0.0;
        for (var rank = 1; rank <= keys.Length; rank++) sums[rank - 1] = sum += 1.0 / rank;
        var seed = 1L;
        return [.. Enumerable.Range(0, length).Select(_ =>
        {
            seed = seed * 48_271 % 2_147_483_647;
            var place = Array.BinarySearch(sums, seed / 2_147_483_647.0 * sum);
            return keys[place < 0 ? ~place : place];
        })];
    }

    private static async Task LoopAsync(Library cache, string[] list, int hits)
    {
        for (int n = 0, i = 0; n < hits; n++)
        {
            await cache.HitAsync(list[i]);
            if (++i == list.Length) i = 0;
        }
    }

    private static void Loop(Library cache, int hits)
    {
        var found = 0;
        for (var n = 0; n < hits; n++) if (cache.Peek("product:0")) found++;
        if (found != hits) throw new InvalidOperationException("it was not held");
    }

    /// <summary>Until the compiler has done what it does to code that runs often.</summary>
    private static async Task WarmUpAsync(Func<Task> run)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(1);) await run();
    }
}
