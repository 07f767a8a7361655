// The real System.Text.Json, for tests: a request in JSON on each line of standard input, an answer in JSON on one of
// standard output. It ends when its standard input does, so that it never outlives its test.
//
// { "do": "samples" }                              all samples: { name, clr, json, type }
// { "do": "back", "sample": name, "json": text }   is what the text gives the sample? { same, json }
// { "do": "trip", "type": name, "naming": name, "json": text }   read as a type and written again: { json }
// { "do": "names", "naming": name, "names": [...] }              { names }

using System.Text;
using System.Text.Json;

var protocol = new JsonSerializerOptions(JsonSerializerDefaults.Web);
var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };

while (await input.ReadLineAsync() is { } line)
{
    object answer;
    try
    {
        answer = Answer(JsonSerializer.Deserialize<Request>(line, protocol)!);
    }
    catch (Exception error)
    {
        answer = new { Error = error.GetType().Name };
    }
    await output.WriteLineAsync(JsonSerializer.Serialize(answer, protocol));
}

object Answer(Request request) => request.Do switch
{
    "samples" => Samples.All.Select(sample => new { sample.Name, sample.Clr, sample.Type, Json = sample.Written() }),
    "back" => Back(Samples.All.Single(sample => sample.Name == request.Sample), request.Json!),
    "trip" => new { Json = Trip(Models.Types[request.Type!], request.Json!, Naming.Options(request.Naming)) },
    "names" => new { Names = request.Names!.Select(Naming.Options(request.Naming).PropertyNamingPolicy!.ConvertName) },
    _ => throw new NotSupportedException(),
};

static object Back(Sample sample, string json)
{
    try
    {
        // What is written of it shows the kind of a DateTime, an offset and the zeros of a decimal too.
        var written = Trip(sample.Value?.GetType() ?? typeof(object), json, Naming.Options(null));
        return new { Same = written == sample.Written(), Json = written };
    }
    catch (JsonException)
    {
        return new { Same = false, Error = nameof(JsonException) };
    }
}

static string Trip(Type type, string json, JsonSerializerOptions options) =>
    JsonSerializer.Serialize(JsonSerializer.Deserialize(json, type, options), type, options);

record Request(string Do, string? Sample, string? Type, string? Naming, string? Json, string[]? Names);

static class Naming
{
    static readonly Dictionary<string, JsonSerializerOptions> options = new()
    {
        ["PascalCase"] = new(),
        ["camelCase"] = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase },
        ["snake_case"] = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower },
        ["kebab-case"] = new() { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower },
    };

    /// <summary>By default those that System.Text.Json has without a word said.</summary>
    public static JsonSerializerOptions Options(string? naming) => options[naming ?? "PascalCase"];
}
