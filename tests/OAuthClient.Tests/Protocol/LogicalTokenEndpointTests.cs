using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ServiceDiscovery.Fake;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>A token endpoint's logical address that leads nowhere, or where no secret may go.</summary>
public sealed class LogicalTokenEndpointTests
{
    [Fact]
    public async Task TokenEndpoint_ThatNothingResolves_SaysWhatIsMissing()
    {
        await using var app = await StartAsync(services: null);

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal(
            "OAuth2 client 'orders': nothing resolves https+http://idp/oauth2/token. Call AddServiceDiscovery() for the HttpClient 'OAuthClient.TokenEndpoint' or in ConfigureHttpClientDefaults, or set TokenEndpoint to an https address.",
            exception.Message);
        Assert.False(exception.IsTransient);
    }

    [Fact]
    public async Task TokenEndpoint_ResolvedToPlainHttpElsewhere_IsSentNothingAndTheRefreshTokenIsKept()
    {
        var hosts = new List<string>();
        Uri? resolved = null;
        await using var app = await StartAsync(services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .AddHttpMessageHandler(() => new FakeResolver(() => resolved!))
            .ConfigurePrimaryHttpMessageHandler(() => new Wire(hosts)));
        resolved = app.Server.BaseAddress;
        await app.GetTokenAsync();
        app.Clock.Advance(TimeSpan.FromHours(1));

        resolved = new Uri("http://idp.invalid:8080");
        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        resolved = app.Server.BaseAddress;
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await app.GetTokenAsync();

        Assert.Equal(
            "OAuth2 client 'orders': a logical address was resolved to http://idp.invalid:8080/oauth2/token, and no secret may travel over plain http. Have it resolved to https, or set AllowInsecureHttp.",
            exception.Message);
        Assert.Equal(["127.0.0.1", "127.0.0.1"], hosts);
        Assert.Equal(["password", "refresh_token"], app.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
    }

    private static Task<TestApp> StartAsync(Action<IServiceCollection>? services) => TestApp.StartAsync(
        client: client =>
        {
            (client.TokenEndpoint, client.RevocationEndpoint) = (new Uri("https+http://idp/oauth2/token"), null);
            (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        },
        services: services);

    /// <summary>Notes to which hosts requests go out.</summary>
    private sealed class Wire : DelegatingHandler
    {
        private readonly List<string> _hosts;

        public Wire(List<string> hosts)
            : base(new SocketsHttpHandler()) => _hosts = hosts;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _hosts.Add(request.RequestUri!.Host);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
