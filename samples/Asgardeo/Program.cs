using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient;
using OAuthClient.Testing;

// A user's token from Asgardeo (WSO2 Identity Platform) for an API behind a gateway that trusts it, by the password grant:
//   dotnet run --project samples/Asgardeo -- --Organization=<name> --ClientId=... --Username=... --Scopes="urn:acme:orders:read" --BaseAddress=<the API's address>
// with ClientSecret and Password in the environment. Without an Organization a server is started here.
// Where a person sits at the keyboard take another grant: RFC 9700 advises against this one, and the library says so in the log.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var settings = builder.Configuration;
await using var server = await StartServerAsync(settings, needed: settings["Organization"] is null);

builder.Services.AddOAuth2Client("orders", o =>
{
    o.UseAsgardeo(settings["Organization"] ?? "acme");
    if (settings["TokenEndpoint"] is { } endpoint)
        o.TokenEndpoint = new Uri(endpoint); // Here: the server that was started.
    o.GrantType = GrantTypes.Password;
    (o.Username, o.Password) = (settings["Username"], settings["Password"]);
    (o.ClientId, o.ClientSecret) = (settings["ClientId"], settings["ClientSecret"]);
    foreach (var scope in (settings["Scopes"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        o.Scopes.Add(scope);
    o.BaseAddress = new Uri(settings["BaseAddress"]!);
});
using var host = builder.Build();

var orders = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
using var answer = await orders.GetAsync(settings["ApiPath"] ?? "orders/42");
await answer.EnsureApiSuccessAsync();
Console.WriteLine(await answer.Content.ReadAsStringAsync());

static async Task<OAuth2TestServer?> StartServerAsync(IConfigurationBuilder configuration, bool needed)
{
    if (!needed)
        return null;
    var server = await OAuth2TestServer.StartAsync();
    configuration.AddInMemoryCollection([
        new("TokenEndpoint", $"{server.TokenEndpoint}"), new("BaseAddress", $"{server.ApiBaseAddress}"), new("Scopes", "urn:acme:orders:read"),
        new("Username", OAuth2TestServer.DefaultUsername), new("Password", OAuth2TestServer.DefaultPassword),
        new("ClientId", OAuth2TestServer.DefaultClientId), new("ClientSecret", OAuth2TestServer.DefaultClientSecret)]);
    return server;
}
