using System.Text.Json;

/// <summary>The types that texts are read as.</summary>
static class Models
{
    public static readonly Dictionary<string, Type> Types = new Type[]
    {
        typeof(Order), typeof(Names), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(decimal), typeof(double),
        typeof(long), typeof(ulong), typeof(byte[]), typeof(string), typeof(Guid), typeof(JsonElement), typeof(List<decimal>),
        typeof(Dictionary<string, long>),
    }.ToDictionary(type => type.IsGenericType ? type.Name.Split('`')[0] : type.Name);
}

record Order(
    Guid OrderId,
    long CustomerId,
    ulong Sequence,
    decimal TotalPrice,
    DateTime OrderedAt,
    DateTimeOffset? ShippedAt,
    TimeSpan TimeInTransit,
    double Weight,
    DayOfWeek DeliveryDay,
    string? Note,
    byte[] Signature,
    List<Line> OrderLines,
    Dictionary<string, byte[]> Files,
    Dictionary<string, Line> LinesBySku);

record Line(string Sku, int Quantity, decimal UnitPrice, DateTimeOffset? PackedAt);

/// <summary>Names that are hard on naming policies.</summary>
record Names(int URL, int IOStream, int Item2Name, int Item_2, int Item_Name, int A1B, int _Id, int HTTPServer2XX, int ÄrgerÖl);
