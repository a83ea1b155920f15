using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.DependencyInjection;

/// <summary>A service discovery that is meant for all HttpClients serves the token endpoint's too, which takes over nothing else.</summary>
public sealed class DefaultDiscoveryTests
{
    [Fact]
    public async Task TokenEndpoint_WhereAllHttpClientsHaveAServiceDiscovery_IsResolvedAndSeesNoOtherHandler()
    {
        var calls = 0;
        await using var app = await TestApp.StartAsync();
        await using var ours = Start(app, app.Server.BaseAddress, () => calls++);

        await ours.GetTokenAsync();

        Assert.Equal((1, 0), (app.Server.TokenRequests, calls));
    }

    [Fact]
    public async Task TokenEndpoint_ResolvedToPlainHttpElsewhereByTheDefaults_IsSentNothing()
    {
        await using var app = await TestApp.StartAsync();
        await using var ours = Start(app, new Uri("http://idp.invalid:8080"), static () => { });

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => ours.GetTokenAsync());

        Assert.Contains("a logical address was resolved to http://idp.invalid:8080/oauth2/token, and no secret may travel over plain http", exception.Message, StringComparison.Ordinal);
    }

    private static TestApp Start(TestApp app, Uri idp, Action onCall) => app.StartAnother(
        client => (client.TokenEndpoint, client.RevocationEndpoint) = (new Uri("https+http://idp/oauth2/token"), null),
        services =>
        {
            var addresses = new Dictionary<string, string?> { ["Services:idp:http:0"] = idp.GetLeftPart(UriPartial.Authority) };
            services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(addresses).Build());
            services.AddServiceDiscovery();
            services.ConfigureHttpClientDefaults(builder => builder.AddServiceDiscovery().AddHttpMessageHandler(() => new Watch(onCall)));
        });

    private sealed class Watch(Action onCall) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            onCall();
            return base.SendAsync(request, cancellationToken);
        }
    }
}
