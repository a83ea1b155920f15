using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient;
using OAuthClient.Testing;

// An API that is known by a name, as in Aspire: https+http://orders. Where it is, service discovery finds out, here in the configuration:
//   dotnet run --project samples/Discovery -- --services:orders:https:0=https://api.example --TokenEndpoint=... --ClientId=...
// with the secret in the environment as ClientSecret. Without a TokenEndpoint a server is started here.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
await using var server = await StartServerAsync(builder.Configuration, needed: builder.Configuration["TokenEndpoint"] is null);

builder.Services.AddServiceDiscovery();
builder.Services.AddOAuth2Client("orders", o =>
{
    o.TokenEndpoint = new Uri(builder.Configuration["TokenEndpoint"]!);
    o.ClientId = builder.Configuration["ClientId"];
    o.ClientSecret = builder.Configuration["ClientSecret"];
    o.BaseAddress = new Uri("https+http://orders"); // The token goes to that name, wherever it leads.
}).AddServiceDiscovery();
using var host = builder.Build();

var orders = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
using var answer = await orders.GetAsync(builder.Configuration["ApiPath"] ?? "api/orders/42");
await answer.EnsureApiSuccessAsync();
Console.WriteLine(await answer.Content.ReadAsStringAsync());

static async Task<OAuth2TestServer?> StartServerAsync(IConfigurationBuilder configuration, bool needed)
{
    if (!needed)
        return null;
    var server = await OAuth2TestServer.StartAsync();
    configuration.AddInMemoryCollection([
        new("TokenEndpoint", $"{server.TokenEndpoint}"), new("services:orders:http:0", $"{server.BaseAddress}"),
        new("ClientId", OAuth2TestServer.DefaultClientId), new("ClientSecret", OAuth2TestServer.DefaultClientSecret)]);
    return server;
}
