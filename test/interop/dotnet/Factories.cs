using System.Collections.Concurrent;

/// <summary>What is known of the factories of this process, and the gates that some of them wait at.</summary>
internal sealed class Factories
{
    private readonly ConcurrentDictionary<string, int> runs = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> gates = new();

    public int RunsOf(string key) => runs.GetValueOrDefault(key);

    public void Open(string name) => Gate(name).TrySetResult();

    public async Task Run(string key, string? gate)
    {
        runs.AddOrUpdate(key, 1, (_, count) => count + 1);
        if (gate is not null) await Gate(gate).Task;
    }

    private TaskCompletionSource Gate(string name) =>
        gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
