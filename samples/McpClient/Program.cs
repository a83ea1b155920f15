using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;
using McpClient = ModelContextProtocol.Client.McpClient;

// An agent's tools, on an MCP server that wants a token with each call:
//   dotnet run --project samples/McpClient -- --Endpoint=https://mcp.example/mcp --TokenEndpoint=... --ClientId=...
// with the secret in the environment as ClientSecret. Without an Endpoint a server is started here.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
await using var server = builder.Configuration["Endpoint"] is null ? await ToolServer.StartAsync(builder.Configuration) : null;
var endpoint = new Uri(builder.Configuration["Endpoint"]!);

builder.Services.AddOAuth2Client("tools", o =>
{
    o.TokenEndpoint = new Uri(builder.Configuration["TokenEndpoint"]!);
    o.ClientId = builder.Configuration["ClientId"];
    o.ClientSecret = builder.Configuration["ClientSecret"];
    o.AllowedOrigins.Add(endpoint.GetLeftPart(UriPartial.Authority));
});
using var host = builder.Build();

// The HttpClient has the token; the MCP client has the HttpClient.
var http = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("tools");
await using var client = await McpClient.CreateAsync(new HttpClientTransport(new() { Endpoint = endpoint, TransportMode = HttpTransportMode.StreamableHttp }, http));
foreach (var tool in await client.ListToolsAsync())
    Console.WriteLine($"{tool.Name}: {tool.Description}");
var result = await client.CallToolAsync("stock", new Dictionary<string, object?> { ["item"] = "coffee" });
Console.WriteLine(string.Join('\n', result.Content.OfType<ModelContextProtocol.Protocol.TextContentBlock>().Select(text => text.Text)));
