using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient;
using OAuthClient.Testing;

// A component that is deployed on Choreo (WSO2 Developer Platform) or Devant finds what it needs in its environment, as variables of a connection: the
// service's address, key, secret, token endpoint and API key. Only the connection's name is in the code, here ORDERS, or --Connection=<NAME>.
// Where its variables are missing, a server is started here and they are set for it.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var connection = builder.Configuration["Connection"] ?? "ORDERS";
await using var server = Environment.GetEnvironmentVariable($"CHOREO_{connection}_TOKENURL") is null ? await StartServerAsync(connection) : null;

builder.Services.AddOAuth2Client("orders", o => o.UseConnection(connection));
using var host = builder.Build();

var orders = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
using var answer = await orders.GetAsync(builder.Configuration["ApiPath"] ?? "orders/42");
await answer.EnsureApiSuccessAsync();
Console.WriteLine(await answer.Content.ReadAsStringAsync());

static async Task<OAuth2TestServer> StartServerAsync(string connection)
{
    var server = await OAuth2TestServer.StartAsync(o => (o.ApiKeyHeaderName, o.ApiKey) = ("Choreo-API-Key", "made-up-key"));
    foreach (var (variable, value) in new Dictionary<string, string>
    {
        ["SERVICEURL"] = $"{server.ApiBaseAddress}",
        ["TOKENURL"] = $"{server.TokenEndpoint}",
        ["CONSUMERKEY"] = OAuth2TestServer.DefaultClientId,
        ["CONSUMERSECRET"] = OAuth2TestServer.DefaultClientSecret,
        ["CHOREOAPIKEY"] = "made-up-key",
    })
        Environment.SetEnvironmentVariable($"CHOREO_{connection}_{variable}", value);
    return server;
}
