using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient;
using OAuthClient.Testing;

// An application has subscribed to an API of Bijira (WSO2 API Platform) and calls it. The portal shows what to set:
//   dotnet run --project samples/Bijira -- --TokenEndpoint=... --ClientId=<consumer key> --BaseAddress=<the API's address, with a slash at its end>
// with the consumer secret in the environment as ClientSecret. Without a TokenEndpoint a server is started here.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
await using var server = await StartServerAsync(builder.Configuration, needed: builder.Configuration["TokenEndpoint"] is null);

builder.Services.AddOAuth2Client("orders", o =>
{
    o.UseBijira(new Uri(builder.Configuration["TokenEndpoint"]!));
    o.ClientId = builder.Configuration["ClientId"];
    o.ClientSecret = builder.Configuration["ClientSecret"];
    o.BaseAddress = new Uri(builder.Configuration["BaseAddress"]!);
});
using var host = builder.Build();

// As often as you like: the token is fetched once, and replaced before it expires.
var orders = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
using var answer = await orders.GetAsync(builder.Configuration["ApiPath"] ?? "orders/42");

// What the gateway refuses is an exception that says why, and what to do.
await answer.EnsureApiSuccessAsync();
Console.WriteLine(await answer.Content.ReadAsStringAsync());

// The token is good for nothing else: the server may forget it.
await host.Services.GetRequiredService<IOAuth2TokenProvider>().RevokeAsync("orders");

static async Task<OAuth2TestServer?> StartServerAsync(IConfigurationBuilder configuration, bool needed)
{
    if (!needed)
        return null;
    var server = await OAuth2TestServer.StartAsync();
    configuration.AddInMemoryCollection([
        new("TokenEndpoint", $"{server.TokenEndpoint}"), new("BaseAddress", $"{server.ApiBaseAddress}"),
        new("ClientId", OAuth2TestServer.DefaultClientId), new("ClientSecret", OAuth2TestServer.DefaultClientSecret)]);
    return server;
}
