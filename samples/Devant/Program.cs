using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient;
using OAuthClient.Testing;

// An integration on Devant (WSO2 Integration Platform) is published as an API, and answers with plain text. The portal shows what to set:
//   dotnet run --project samples/Devant -- --TokenEndpoint=... --ClientId=... --BaseAddress=<the API's address, with a slash at its end>
// with the secret in the environment as ClientSecret. Without a TokenEndpoint a server is started here.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
await using var server = await StartServerAsync(builder.Configuration, needed: builder.Configuration["TokenEndpoint"] is null);

builder.Services.AddOAuth2Client("greetings", o =>
{
    o.UseDevant(new Uri(builder.Configuration["TokenEndpoint"]!));
    o.ClientId = builder.Configuration["ClientId"];
    o.ClientSecret = builder.Configuration["ClientSecret"];
    o.BaseAddress = new Uri(builder.Configuration["BaseAddress"]!);
}).ConfigureHttpClient(http => http.DefaultRequestHeaders.Accept.ParseAdd("text/plain"));
using var host = builder.Build();

var greetings = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("greetings");
using var answer = await greetings.GetAsync(builder.Configuration["ApiPath"] ?? "greeting");
await answer.EnsureApiSuccessAsync();
Console.WriteLine(await answer.Content.ReadAsStringAsync());

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
