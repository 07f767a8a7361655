using System.Text.Json;

/// <summary>A value of .NET, how C# names it, and what <c>types</c> of the serializer calls its type.</summary>
record Sample(string Clr, object? Value, string? Type = null, string? Words = null)
{
    public string Name => Words is null ? Clr : $"{Clr}, {Words}";

    public string Written() => JsonSerializer.Serialize(Value, Value?.GetType() ?? typeof(object));
}

static class Samples
{
    static readonly DateTime moment = new DateTime(2026, 11, 29, 6, 24, 57, 123).AddTicks(4567);
    static readonly DateTime second = new(2026, 11, 29, 6, 24, 57);

    public static readonly Sample[] All =
    [
        new("DateTime", DateTime.SpecifyKind(second, DateTimeKind.Utc), "DateTime", "UTC"),
        new("DateTime", DateTime.SpecifyKind(second.AddMilliseconds(120), DateTimeKind.Utc), "DateTime", "UTC, with milliseconds"),
        new("DateTime", DateTime.SpecifyKind(moment, DateTimeKind.Utc), "DateTime", "UTC, with ticks"),
        new("DateTime", second, "DateTime", "of no zone"),
        new("DateTime", DateTime.MinValue, "DateTime", "`MinValue`"),
        new("DateTime", DateTime.MaxValue, "DateTime", "`MaxValue`"),
        new("DateTimeOffset", new DateTimeOffset(second, TimeSpan.Zero), "DateTimeOffset", "UTC"),
        new("DateTimeOffset", new DateTimeOffset(second, new TimeSpan(5, 30, 0)), "DateTimeOffset", "of India"),
        new("DateOnly", new DateOnly(2026, 11, 29)),
        new("TimeOnly", new TimeOnly(6, 24, 57)),
        new("TimeSpan", TimeSpan.FromMinutes(90), "TimeSpan", "of 90 minutes"),
        new("TimeSpan", new TimeSpan(-3, -4, -5, -6, -500), "TimeSpan", "negative, with days"),
        new("TimeSpan", TimeSpan.FromTicks(1), "TimeSpan", "of one tick"),
        new("TimeSpan", TimeSpan.MinValue, "TimeSpan", "`MinValue`"),
        new("TimeSpan", TimeSpan.MaxValue, "TimeSpan", "`MaxValue`"),
        new("Guid", Guid.Parse("6F9619FF-8B86-D011-B42D-00C04FC964FF")),
        new("decimal", 19.90m, "decimal", "`19.90m`"),
        new("decimal", 12345678901234567.89m, "decimal", "of 19 digits"),
        new("decimal", decimal.MaxValue, "decimal", "`MaxValue`"),
        new("decimal", 0.0000000000000000000000000001m, "decimal", "the smallest"),
        new("int", int.MinValue, null, "`MinValue`"),
        new("long", 42L, "Int64", "small"),
        new("long", long.MaxValue, "Int64", "`MaxValue`"),
        new("long", long.MinValue, "Int64", "`MinValue`"),
        new("ulong", ulong.MaxValue, "UInt64", "`MaxValue`"),
        new("double", 0.1 + 0.2, "double", "`0.1 + 0.2`"),
        new("double", -0d, "double", "`-0d`"),
        new("double", 18014398509481984d, "double", "2 to the power of 54"),
        new("double", 1e20, "double", "`1e20`"),
        new("double", double.MaxValue, "double", "`MaxValue`"),
        new("float", 0.1f),
        new("bool", true),
        new("string", "Öl & <b>\"1+1\"</b> \U0001F511"),
        new("char", 'é'),
        new("enum", DayOfWeek.Friday),
        new("int?", null, null, "`null`"),
        new("byte[]", new byte[] { 251, 255, 254, 1 }, "byte[]"),
    ];
}
