using System.Diagnostics;
using StackExchange.Redis;

/// <summary>Operations on Redis by some callers, each of which asks for the next key as soon as it has the last one.</summary>
public static class RedisOperations
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(200);

    public static async Task<Func<Task<Measured>>> Hits(Library cache, string address, int callers, int bytes)
    {
        var keys = await FilledAsync(cache, bytes > 10_000 ? 50 : 1_000, bytes);
        return await Slices(address, callers, keys, async key => await cache.HitAsync(key));
    }

    public static async Task<Func<Task<Measured>>> Sets(Library cache, string address, int callers)
    {
        var keys = await FilledAsync(cache, 1_000, 1_000);
        var value = Product.Of(1, 1_000);
        return await Slices(address, callers, keys, async key => await cache.SetAsync(key, value));
    }

    private static async Task<string[]> FilledAsync(Library cache, int count, int bytes)
    {
        string[] keys = [.. Enumerable.Range(0, count).Select(i => $"product:{i}")];
        for (var i = 0; i < count; i++) await cache.SetAsync(keys[i], Product.Of(i, bytes));
        return keys;
    }

    /// <summary>us of one, or of its share where there are several at once, with the CPU that client and server spend for it.</summary>
    private static async Task<Func<Task<Measured>>> Slices(string address, int callers, string[] keys, Func<string, Task> operate)
    {
        var server = (await ConnectionMultiplexer.ConnectAsync($"{address},allowAdmin=true")).GetServers()[0];
        var next = 0;
        return async () =>
        {
            var done = 0;
            var serverBefore = await ServerTimeAsync(server);
            var clientBefore = Environment.CpuUsage.TotalTime;
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
            {
                while (Stopwatch.GetElapsedTime(began) < Slice)
                {
                    await operate(keys[(uint)Interlocked.Increment(ref next) % keys.Length]);
                    Interlocked.Increment(ref done);
                }
            })));
            var value = Stopwatch.GetElapsedTime(began).TotalMicroseconds / done;
            var client = (Environment.CpuUsage.TotalTime - clientBefore).TotalMicroseconds / done;
            var spent = (await ServerTimeAsync(server) - serverBefore) / done;
            return new(value, new() { ["client's CPU"] = client, ["server's CPU"] = spent });
        };
    }

    /// <summary>us that the server has spent so far.</summary>
    private static async Task<double> ServerTimeAsync(IServer server)
    {
        var info = (await server.InfoAsync("cpu")).SelectMany(group => group).ToDictionary();
        return (double.Parse(info["used_cpu_user"]) + double.Parse(info["used_cpu_sys"])) * 1e6;
    }
}
