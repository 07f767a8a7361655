using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;

/// <summary>One call of HybridCache. Times in ms; what is left out is left to .NET.</summary>
/// <param name="Kind">The type that it is called with: see <see cref="Kinds"/>.</param>
/// <param name="Value">What is set, or what the factory gives.</param>
/// <param name="Gate">What the factory waits for: that it is opened.</param>
internal sealed record HybridCall(
    string Key,
    string Kind,
    JsonElement Value,
    string[]? Tags,
    double? ExpirationMs,
    double? LocalExpirationMs,
    string? Flags,
    string? Gate)
{
    public HybridCacheEntryOptions Options => new()
    {
        Expiration = Span(ExpirationMs),
        LocalCacheExpiration = Span(LocalExpirationMs),
        Flags = Flags is null ? null : Enum.Parse<HybridCacheEntryFlags>(Flags),
    };

    private static TimeSpan? Span(double? ms) => ms is { } some ? TimeSpan.FromMilliseconds(some) : null;
}
