using System.ComponentModel;

/// <summary>The value of all cases. Immutable, so that HybridCache shares one object, as Node's libraries do.</summary>
[ImmutableObject(true)]
public sealed record Product(int Id, string Name, string Text)
{
    /// <summary>One whose JSON takes about so many bytes.</summary>
    public static Product Of(int id, int bytes) => new(id, "a product", new string('x', Math.Max(0, bytes - 40)));
}
