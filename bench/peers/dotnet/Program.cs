// One library of .NET in one case, in a process of its own: prepares once, then runs a round for each line that it reads, and says
// what it measured as a line of JSON. Its first line says that it is prepared.
// dotnet Bench.dll LIBRARY CASE
using System.Text.Json;
using System.Text.Json.Serialization;

JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
var round = await Cases.PrepareAsync(args[0], args[1]);
GC.Collect();
Say(new { TakesPart = true });
while (Console.ReadLine() is not null)
{
    GC.Collect(0);
    try
    {
        Say(await round());
    }
    catch (Exception error)
    {
        Say(new { Error = error.ToString() });
    }
}

void Say(object what) => Console.WriteLine(JsonSerializer.Serialize(what, json));
