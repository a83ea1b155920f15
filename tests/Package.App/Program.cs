using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OAuthClient;
using OAuthClient.Testing;

// What a program does that has all of the packages: calls with a token of the test server, which Redis is asked for first. There is none behind this port,
// and a store that fails costs no call. The header's name comes from the API's OpenAPI document.
using var redis = new TcpListener(IPAddress.Loopback, 0);
redis.Start();
var asked = redis.AcceptTcpClientAsync();

await using var server = await OAuth2TestServer.StartAsync(options => options.HeaderName = "X-Orders-Token");
var services = new ServiceCollection();
services.AddOAuth2RedisTokenStore(options =>
{
    options.Configuration = $"{redis.LocalEndpoint},connectTimeout=250";
    options.Key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
});
services.AddOAuth2Client("orders", options =>
{
    (options.TokenEndpoint, options.BaseAddress) = (server.TokenEndpoint, server.ApiBaseAddress);
    (options.ClientId, options.ClientSecret) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
    options.UseOpenApi(new MemoryStream("openapi: 3.0.3\ninfo: {title: orders, version: v1}\npaths: {}\nx-wso2-auth-header: X-Orders-Token\n"u8.ToArray()));
});
services.AddHealthChecks().AddOAuth2Clients();
await using var provider = services.BuildServiceProvider();

var orders = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
Console.WriteLine(await orders.GetStringAsync("42"));
(await asked).Dispose();

// The server makes a token no good: the call is answered 401 and sent again with another one.
server.RevokeAllTokens();
Console.WriteLine(await orders.GetStringAsync("43"));

if ((server.TokenRequests, server.ApiCalls) != (2, 3) || !server.RecordedApiCalls[^1].Headers["X-Orders-Token"].StartsWith("Bearer ", StringComparison.Ordinal))
    throw new InvalidOperationException($"{server.TokenRequests} token requests and {server.ApiCalls} API calls, the last of which was answered {server.RecordedApiCalls[^1].StatusCode}.");
var health = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
if (health.Status != HealthStatus.Healthy || !health.Entries["oauth2"].Data.ContainsKey("orders.state"))
    throw new InvalidOperationException($"The health check says {health.Status}.");
Console.WriteLine($"OK on {Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'))}: {typeof(OAuth2Handler).Assembly.GetName().Version}");
return 0;
