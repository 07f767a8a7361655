// The product catalogue as an ASP.NET Core service. ../node-service.mjs is the same one in Node, on the same Redis and table.
using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;

string[] tags = ["products"];
var builder = WebApplication.CreateBuilder(args);
var settings = builder.Configuration;
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

builder.Services.AddSingleton(new Database(settings["PRODUCTS"]!));
builder.Services.AddStackExchangeRedisCache(redis =>
{
    redis.Configuration = settings["REDIS"];
    redis.InstanceName = settings["INSTANCE_NAME"] ?? "shop:";
});
builder.Services.AddHybridCache(hybrid => hybrid.DefaultEntryOptions = new()
{
    Expiration = TimeSpan.FromMinutes(5),
    // HybridCache of .NET hears nothing of what other processes change: a copy in this process would be served to its end.
    // Where a second of that is good enough, say LocalCacheExpiration = TimeSpan.FromSeconds(1) instead.
    Flags = HybridCacheEntryFlags.DisableLocalCache,
});
// JavaScript says "name" where System.Text.Json says "Name", unless it is told to do as the web does.
builder.Services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), JsonSerializerOptions.Web);

var app = builder.Build();

app.MapGet("/products", (HybridCache cache, Database database, CancellationToken token) =>
    cache.GetOrCreateAsync("products", async stop => await database.ListAsync(stop), tags: tags, cancellationToken: token));

app.MapGet("/products/{id}", async (string id, HybridCache cache, Database database, CancellationToken token) =>
    await cache.GetOrCreateAsync(
        $"product:{id}", async stop => await database.FindAsync(id, stop), tags: tags, cancellationToken: token)
    is { } product ? Results.Ok(product) : Results.NotFound());

app.MapPatch("/products/{id}", async (
    string id, ProductChange change, HybridCache cache, Database database, CancellationToken token) =>
{
    if (await database.UpdateAsync(id, change, token) is not { } product) return Results.NotFound();
    // First the table, then the cache. The table has the change now, so whoever asked and went away does not stop this.
    await cache.RemoveAsync([$"product:{id}", "products"], CancellationToken.None);
    return Results.Ok(product);
});

// Everything that was stored with the tag before, here or in Node, which hears of it. Of a tag that Node removes a process of
// .NET does not hear, so that service goes another way.
app.MapDelete("/products", async (HybridCache cache, CancellationToken token) =>
{
    await cache.RemoveByTagAsync("products", token);
    return Results.NoContent();
});

app.MapGet("/queries", (Database database) => new { database.Queries });

// It ends when its standard input does, so that it never outlives the example that started it.
_ = Task.Run(() =>
{
    Console.OpenStandardInput().CopyTo(Stream.Null);
    app.Lifetime.StopApplication();
});
app.Run();
