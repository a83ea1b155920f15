using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Smoke;

// What a published program does with the library, each feature once. Smoke.Server has the servers, writes appsettings.json and the files that it names,
// and looks at what arrives. --Only=<client> makes the one call of that client.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var servers = new Servers(builder.Configuration.GetRequiredSection("Servers"));
var only = builder.Configuration["Only"];
var clients = builder.Configuration.GetRequiredSection("Clients").GetChildren().Where(section => only is null || section.Key == only).ToArray();
foreach (var section in clients)
    builder.Services.AddOAuth2Client(section.Key, section);
if (only is null)
{
    builder.Services.AddOAuth2Client("in-code", (_, options) => CodeScenes.Configure(servers, options));
    builder.Services.AddHttpClient<OrdersClient>(client => client.BaseAddress = servers.Api).AddOAuth2Handler("in-code");
}

using var host = builder.Build();
await host.StartAsync();
var calls = new CodeScenes(servers, host.Services);
var stores = new StoreScenes(servers);
(string, Func<Task>)[] others =
[
    ("a typed client", calls.CallTypedAsync),
    ("without a container", calls.CallAloneAsync),
    ("a token that the API rejects", calls.CallAfterRejectionAsync),
    ("a synchronous call", calls.CallSynchronouslyAsync),
    ("a call with a token of its own", calls.CallWithOwnTokenAsync),
    ("a refresh token", calls.RefreshAsync),
    ("a user signs in on another device", calls.SignInAsync),
    ("tokens looked at and revoked", calls.RevokeAsync),
    ("a refusal", calls.FailAsync),
    ("settings that are wrong", CodeScenes.MisconfigureAsync),
    ("a distributed cache", stores.ShareInCacheAsync),
    ("files", stores.ShareInFilesAsync),
    ("Redis", stores.ShareInRedisAsync),
    ("a store of one's own", stores.ShareInOwnAsync),
];
foreach (var (name, play) in clients.Select(section => (section.Key, (Func<Task>)(() => calls.CallAsync(section.Key)))).Concat(only is null ? others : []))
{
    try
    {
        await play();
        Console.WriteLine($"ok: {name}");
    }
    catch (Exception exception)
    {
        Console.WriteLine($"FAILED: {name}: {exception}");
        return 1;
    }
}

await host.StopAsync();
Console.WriteLine("OK");
return 0;
