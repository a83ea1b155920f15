using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

[CollectionDefinition(nameof(LoopbackProxyTests), DisableParallelization = true)]
public sealed class LoopbackProxyTestsAlone;

/// <summary>With a proxy for the whole process, as http_proxy sets it: no other test may run meanwhile.</summary>
[Collection(nameof(LoopbackProxyTests))]
public sealed class LoopbackProxyTests : IDisposable
{
    private readonly IWebProxy _before = HttpClient.DefaultProxy;

    public LoopbackProxyTests() => HttpClient.DefaultProxy = new SystemProxy();

    [Theory]
    [InlineData("http://localhost:8080/x", true)]
    [InlineData("http://127.0.0.1/", true)]
    [InlineData("http://[::1]:5000/", true)]
    [InlineData("https://localhost/", true)]
    [InlineData("http://api.example/", false)]
    [InlineData("https://api.example/", false)]
    public void Proxy_OfTheSystem_IsForOtherMachinesAlone(string address, bool direct)
    {
        var proxy = new Sender.LoopbackProxy();

        Assert.Equal(direct, proxy.IsBypassed(new Uri(address)));
        Assert.Equal(direct ? null : SystemProxy.Address, proxy.GetProxy(new Uri(address)));
    }

    [Fact]
    public async Task CallsToThisMachine_OfAnApplication_DoNotReachTheProxy()
    {
        await using var app = await TestApp.StartAsync();

        (await app.CreateClient().GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallsToThisMachine_OverHandlersWithoutAProxy_DoNotReachTheProxy(bool classic)
    {
        await using var app = await TestApp.StartAsync(services: services =>
        {
            foreach (var name in (string[])[TestApp.ClientName, OAuth2Defaults.TokenEndpointHttpClientName])
                services.AddHttpClient(name).ConfigurePrimaryHttpMessageHandler(() => classic ? new HttpClientHandler() : new SocketsHttpHandler());
        });

        (await app.CreateClient().GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
    }

    [Fact]
    public async Task CallsToThisMachine_WithoutContainer_DoNotReachTheProxy()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var http = new HttpClient(OAuth2Handler.Create(new OAuth2ClientOptions
        {
            TokenEndpoint = server.TokenEndpoint,
            BaseAddress = server.ApiBaseAddress,
            ClientId = OAuth2TestServer.DefaultClientId,
            ClientSecret = OAuth2TestServer.DefaultClientSecret,
        }));

        (await http.GetAsync(server.ApiBaseAddress)).EnsureSuccessStatusCode().Dispose();
    }

    [Fact]
    public void Use_ProxyOfTheUsersOwn_Stays()
    {
        var own = new WebProxy("http://127.0.0.1:2");
        using var handler = new SocketsHttpHandler { Proxy = own };

        Sender.TakeOver(handler);

        Assert.Same(own, handler.Proxy);
    }

    public void Dispose() => HttpClient.DefaultProxy = _before;

    /// <summary>Where nobody listens.</summary>
    private sealed class SystemProxy : IWebProxy
    {
        public static readonly Uri Address = new("http://127.0.0.1:1");

        public ICredentials? Credentials { get; set; }

        public Uri GetProxy(Uri destination) => Address;

        public bool IsBypassed(Uri host) => false;
    }
}
