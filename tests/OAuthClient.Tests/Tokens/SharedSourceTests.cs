using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>What two names of one application have in common, and what not.</summary>
public sealed class SharedSourceTests
{
    private const string Second = "second";

    [Fact]
    public async Task Get_BesideANameThatRefreshesLater_RefreshesWhenItsOwnSettingsSay()
    {
        await using var app = await TestApp.StartAsync(
            client: client => client.RefreshBeforeExpiry = TimeSpan.FromMinutes(10),
            services: services => AddSecond(services, options => options.RefreshBeforeExpiry = TimeSpan.FromSeconds(1)));
        var clients = app.Services.GetRequiredService<OAuth2Clients>();
        _ = clients.Get(TestApp.ClientName).State;
        _ = clients.Get(Second).State;
        var old = await app.GetTokenAsync();

        app.Clock.Advance(TimeSpan.FromSeconds(3600 - 120));
        var refreshed = await app.UntilAsync(token => token.Value != old.Value);

        Assert.Equal(2, app.Server.TokenRequests);
        Assert.NotEqual(old.Value, refreshed.Value);
    }

    [Fact]
    public async Task Get_ByANameThatWantsAllScopes_DoesNotTakeTheLesserTokenOfAnother()
    {
        await using var app = await TestApp.StartAsync(
            server => server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { Scopes = { "read" } }),
            client =>
            {
                client.Scopes.Add("read");
                client.Scopes.Add("write");
            },
            services => AddSecond(services, options => options.RequireAllScopes = true));
        await app.GetTokenAsync();

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync(Second));

        Assert.Contains("'write'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ByANameThatWaitsLonger_DoesNotShareTheRequestOfOneThatGivesUpSooner()
    {
        await using var app = await TestApp.StartAsync(
            client: client => client.TokenRequestTimeout = TimeSpan.FromSeconds(10),
            services: services => AddSecond(services, options => options.TokenRequestTimeout = TimeSpan.FromSeconds(20)));
        app.Server.TokenEndpointBehavior.Hang = true;
        var first = app.GetTokenAsync();
        var second = app.Tokens.GetTokenAsync(Second).AsTask();
        await app.Server.WaitForTokenRequestsAsync(2);

        app.Clock.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => first);
        app.Server.TokenEndpointBehavior.Hang = false;

        Assert.NotEmpty((await second.WaitAsync(Dose.Patience)).Value);
    }

    private static void AddSecond(IServiceCollection services, Action<OAuth2ClientOptions> change) =>
        services.AddOAuth2Client(Second, (provider, options) =>
        {
            var first = provider.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get(TestApp.ClientName);
            (options.TokenEndpoint, options.RevocationEndpoint, options.BaseAddress) = (first.TokenEndpoint, first.RevocationEndpoint, first.BaseAddress);
            (options.ClientId, options.ClientSecret) = (first.ClientId, first.ClientSecret);
            foreach (var scope in first.Scopes)
                options.Scopes.Add(scope);
            change(options);
        });
}
