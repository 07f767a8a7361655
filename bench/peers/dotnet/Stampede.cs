/// <summary>How often the factory runs where 1,000 callers ask for a cold key at once.</summary>
public static class Stampede
{
    public static Func<Task<Measured>> Of(Library cache, bool fails)
    {
        var round = 0;
        return async () =>
        {
            var key = $"cold:{++round}";
            var runs = 0;
            async Task<Product> Load(CancellationToken token)
            {
                Interlocked.Increment(ref runs);
                await Task.Delay(20, token);
                return fails ? throw new InvalidOperationException("the source is down") : Product.Of(1, 100);
            }
            async Task Ask()
            {
                try { await cache.GetOrCreateAsync(key, Load); }
                catch (InvalidOperationException) when (fails) { }
            }
            await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => Task.Run(Ask)));
            return new(runs);
        };
    }
}
