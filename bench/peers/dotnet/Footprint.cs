/// <summary>Memory that an entry takes, its key and value included.</summary>
public static class Footprint
{
    public static Func<Task<Measured>> Of(Func<Library> make, int count) => async () =>
    {
        // A memory cache has a finalizer: that of the last round is gone only after it.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Library? cache = make();
        for (var i = 0; i < count; i++) await cache.SetAsync($"product:{i}", Product.Of(i, 100));
        if (!cache.Peek("product:0")) throw new InvalidOperationException("it was not held");
        var bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / count;
        GC.KeepAlive(cache);
        // What awaited this round knows its locals until the next one.
        cache = null;
        return new(bytes);
    };
}
