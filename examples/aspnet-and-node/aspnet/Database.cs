using System.Text.Json;

public sealed record Product(string Id, string Name, decimal Price);

/// <summary>What a PATCH may say.</summary>
public sealed record ProductChange(string? Name, decimal? Price);

/// <summary>
/// Stands for the database that both services use: a file, read anew by every query, which takes its time and is counted.
/// There are no transactions. The example asks for one thing after the other, so no two updates meet.
/// </summary>
public sealed class Database(string file)
{
    private int _queries;

    public int Queries => Volatile.Read(ref _queries);

    public async Task<Product?> FindAsync(string id, CancellationToken token) =>
        (await QueryAsync(token)).Find(product => product.Id == id);

    public async Task<List<Product>> ListAsync(CancellationToken token) => await QueryAsync(token);

    /// <returns>The product as it is now; <see langword="null"/> if there is none.</returns>
    public async Task<Product?> UpdateAsync(string id, ProductChange change, CancellationToken token)
    {
        var table = await QueryAsync(token);
        var row = table.FindIndex(product => product.Id == id);
        if (row < 0) return null;
        var before = table[row];
        table[row] = before with { Name = change.Name ?? before.Name, Price = change.Price ?? before.Price };
        // Written aside and moved into place: whoever reads has a whole table, the old one or the new one.
        var aside = $"{file}.{Environment.ProcessId}";
        await File.WriteAllTextAsync(aside, JsonSerializer.Serialize(table, JsonSerializerOptions.Web), token);
        File.Move(aside, file, overwrite: true);
        return table[row];
    }

    private async Task<List<Product>> QueryAsync(CancellationToken token)
    {
        Interlocked.Increment(ref _queries);
        await Task.Delay(25, token);
        return JsonSerializer.Deserialize<List<Product>>(await File.ReadAllTextAsync(file, token), JsonSerializerOptions.Web)!;
    }
}
