// One ASP.NET Core process on the Redis of the tests: .NET's own IDistributedCache and HybridCache, laid open over HTTP on loopback.
// dotnet InteropProcess.dll --redis 127.0.0.1:6379 --instance app: [--port 0] [--naming camelCase]
// Prints "listening <port>" once it is up, and ends when its standard input does, so that it never outlives its test.

using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;

var builder = WebApplication.CreateSlimBuilder(args);
var settings = builder.Configuration;

// Standard output is for the one line that the test waits for.
builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning);
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
// What HybridCache can't read it says, and misses: which is what the tests want.
builder.Logging.AddFilter("Microsoft.Extensions.Caching.Hybrid", LogLevel.Critical);
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.Listen(IPAddress.Loopback, settings.GetValue("port", 0));
    kestrel.Limits.MaxRequestBodySize = null;
});
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
builder.Services.AddStackExchangeRedisCache(redis =>
{
    redis.Configuration = $"{settings["redis"]},abortConnect=False";
    redis.InstanceName = settings["instance"];
});
builder.Services.AddHybridCache(hybrid => hybrid.MaximumPayloadBytes = 16 * 1024 * 1024);
if (settings["naming"] == "camelCase")
{
    var camelCase = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    builder.Services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), camelCase);
}
builder.Services.AddSingleton<Factories>();

var app = builder.Build();

app.Use(async (context, next) =>
{
    try
    {
        await next(context);
    }
    catch (Exception error) when (!context.Response.HasStarted)
    {
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        await context.Response.WriteAsync(error.GetType().Name);
    }
});

app.MapVersions();
app.MapEntries();
app.MapHybrid();

await app.StartAsync();
Console.WriteLine($"listening {new Uri(app.Urls.Single()).Port}");
Console.OpenStandardInput().CopyTo(Stream.Null);
await app.StopAsync();
