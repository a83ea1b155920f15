using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient;
using OAuthClient.Testing;

// Calls an API whose header, key header and scopes are in its OpenAPI document alone. The server is started here, unless the client is given:
// --Document=orders.yaml --Call=orders --Client:ClientId=... --Client:ClientSecret=... and what the document does not tell, such as --Client:TokenEndpoint=...
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = args.Length == 0 ? AppContext.BaseDirectory : null });
builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning).AddFilter("OAuthClient", LogLevel.Information);
var (document, path) = (builder.Configuration["Document"] ?? "warehouse.yaml", builder.Configuration["Call"] ?? "shelves");

const string Read = "urn:acme:warehouse:shelves_read", Write = "urn:acme:warehouse:shelves_write";
await using var server = builder.Configuration.GetSection("Client").Exists() ? null : await OAuth2TestServer.StartAsync(options =>
{
    options.Clients.Add(new TestClient("warehouse-app", "app-secret") { Scopes = { Read, Write } });
    options.HeaderName = "X-Warehouse-Token";
    (options.ApiKeyHeaderName, options.ApiKey) = ("Warehouse-Key", "key-of-the-app");
    options.RequiredScopes["/api/shelves"] = Read;
});
if (server is not null)
    builder.Configuration.AddInMemoryCollection([
        new("Client:TokenEndpoint", $"{server.TokenEndpoint}"), new("Client:BaseAddress", $"{server.ApiBaseAddress}"),
        new("Client:ClientId", "warehouse-app"), new("Client:ClientSecret", "app-secret"), new("Client:ApiKey", "key-of-the-app")]);

builder.Services.AddOAuth2Client("api", builder.Configuration.GetSection("Client"));
builder.Services.AddOAuth2Client("api", options => options.UseOpenApi(document)).UseOpenApiScopes(document);
using var host = builder.Build();
await host.StartAsync(); // What is wrong with the settings or the document is told here.

var api = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("api");
foreach (var method in server is null ? [HttpMethod.Get] : new[] { HttpMethod.Get, HttpMethod.Post })
{
    using var response = await api.SendAsync(new HttpRequestMessage(method, path));
    Console.WriteLine($"{method} {response.RequestMessage!.RequestUri!.AbsolutePath}: {(int)response.StatusCode}");
}

foreach (var call in server?.RecordedApiCalls ?? [])
    Console.WriteLine($"The API got {string.Join(" and ", call.Headers.Keys.Where(header => header.StartsWith("X-", StringComparison.Ordinal) || header.EndsWith("-Key", StringComparison.Ordinal)).Order(StringComparer.Ordinal))}.");
foreach (var request in server?.RecordedTokenRequests ?? [])
    Console.WriteLine($"The token server was asked for {request.Form["scope"]}.");
await host.StopAsync();
