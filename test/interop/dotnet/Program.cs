// One ASP.NET Core process on the Redis of the tests: .NET's own IDistributedCache, laid open over HTTP on loopback.
// dotnet InteropProcess.dll --redis 127.0.0.1:6379 --instance app: [--port 0]
// Prints "listening <port>" once it is up, and ends when its standard input does, so that it never outlives its test.

using System.Globalization;
using System.Net;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;

var builder = WebApplication.CreateSlimBuilder(args);
var settings = builder.Configuration;

// Standard output is for the one line that the test waits for.
builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning);
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
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

app.MapGet("/version", () => typeof(RedisCacheOptions).Assembly
    .GetCustomAttributes(false).OfType<System.Reflection.AssemblyInformationalVersionAttribute>().Single()
    .InformationalVersion.Split('+')[0]);

// The key is a query parameter: percent-encoded UTF-8 carries what a path would normalize.
var entry = app.MapGroup("/entry");

entry.MapGet("", async (string key, IDistributedCache cache) =>
    await cache.GetAsync(key) is { } value ? Results.Bytes(value) : Results.NotFound());

entry.MapPut("", async (
    string key, string? absolute, double? relativeMs, double? slidingMs, HttpRequest request, IDistributedCache cache) =>
{
    using var value = new MemoryStream();
    await request.Body.CopyToAsync(value);
    await cache.SetAsync(key, value.ToArray(), new DistributedCacheEntryOptions
    {
        AbsoluteExpiration = absolute is null ? null : DateTimeOffset.Parse(absolute, CultureInfo.InvariantCulture),
        AbsoluteExpirationRelativeToNow = relativeMs is { } relative ? TimeSpan.FromMilliseconds(relative) : null,
        SlidingExpiration = slidingMs is { } sliding ? TimeSpan.FromMilliseconds(sliding) : null,
    });
});

entry.MapPost("/refresh", (string key, IDistributedCache cache) => cache.RefreshAsync(key));
entry.MapDelete("", (string key, IDistributedCache cache) => cache.RemoveAsync(key));

await app.StartAsync();
Console.WriteLine($"listening {new Uri(app.Urls.Single()).Port}");
Console.OpenStandardInput().CopyTo(Stream.Null);
await app.StopAsync();
