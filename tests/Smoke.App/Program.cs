using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient;

// What a published program does with the library: a call with and one without a container, each with a body that has to be sent
// again once the API has rejected the first token; and a token that two instances share.
using var server = new SmokeServer();
var serving = server.RunAsync();

using (var http = new HttpClient(OAuth2Handler.Create(server.Configure(new OAuth2ClientOptions()))))
    await CallAsync(http, "alone");

var services = new ServiceCollection();
services.AddOAuth2Client("orders", options => server.Configure(options));
await using (var provider = services.BuildServiceProvider())
    await CallAsync(provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders"), "in a container");

// Two instances that share a token.
var folder = Directory.CreateTempSubdirectory("smoke-");
var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
services.AddOAuth2FileTokenStore(folder.FullName, options => options.Key = key);
await using (var provider = services.BuildServiceProvider())
await using (var another = services.BuildServiceProvider())
{
    var token = await provider.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync("orders");
    if (token.Value != (await another.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync("orders")).Value)
        throw new InvalidOperationException("Two instances with one store have two tokens.");
}

folder.Delete(recursive: true);
Console.WriteLine("OK");
return 0;

async Task CallAsync(HttpClient http, string how)
{
    server.RejectNext = true;
    var order = JsonContent.Create(new Order(42), OrderContext.Default.Order);
    using var response = await http.PostAsync(new Uri(server.Address, "api/orders"), order);
    var text = await response.Content.ReadAsStringAsync();
    if (response.StatusCode != HttpStatusCode.OK || text != """{"Id":42}""")
        throw new InvalidOperationException($"The call {how} was answered {(int)response.StatusCode} {text}.");
}

/// <summary>A token endpoint and an API that wants its latest token and sends back what it is sent.</summary>
internal sealed class SmokeServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private int _tokens;

    public SmokeServer()
    {
        using (var socket = new TcpListener(IPAddress.Loopback, 0))
        {
            socket.Start();
            Address = new Uri($"http://localhost:{((IPEndPoint)socket.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Address.AbsoluteUri);
        _listener.Start();
    }

    public Uri Address { get; }

    public bool RejectNext { get; set; }

    public OAuth2ClientOptions Configure(OAuth2ClientOptions options)
    {
        options.TokenEndpoint = new Uri(Address, "token");
        options.BaseAddress = new Uri(Address, "api/");
        options.ClientId = "smoke";
        options.ClientSecret = "smoke-secret";
        return options;
    }

    public async Task RunAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream);
            var body = await reader.ReadToEndAsync();
            var (status, text) = Answer(context.Request, body);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            context.Response.Close(Encoding.UTF8.GetBytes(text), willBlock: false);
        }
    }

    public void Dispose() => _listener.Close();

    private (int Status, string Text) Answer(HttpListenerRequest request, string body)
    {
        if (request.Url!.AbsolutePath == "/token")
            return (200, $$"""{"access_token":"token-{{++_tokens}}","token_type":"Bearer","expires_in":3600}""");
        if (RejectNext || request.Headers["Authorization"] != $"Bearer token-{_tokens}")
        {
            RejectNext = false;
            return (401, "{}");
        }

        return (200, body);
    }
}

internal sealed record Order(int Id);

[JsonSerializable(typeof(Order))]
internal sealed partial class OrderContext : JsonSerializerContext;
