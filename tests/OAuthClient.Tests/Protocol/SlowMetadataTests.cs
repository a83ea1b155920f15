using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>Metadata that is slow when it is read again costs neither the token nor the refresh token.</summary>
public sealed class SlowMetadataTests
{
    private static readonly TimeSpan _aDay = TimeSpan.FromHours(25);
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Metadata_ThatHangsWhenItIsReadAgain_LeavesTheRefreshItsTime()
    {
        await using var app = await StartAsync();
        await app.GetTokenAsync();
        app.Clock.Advance(_aDay);
        app.Server.DiscoveryBehavior.Hang = true;

        var getting = app.GetTokenAsync();
        await TestApp.UntilAsync(() => app.Server.DiscoveryRequests == 2);
        app.Clock.Advance(_timeout / 3);
        await getting;

        Assert.Equal(["password", "refresh_token"], GrantTypesSent(app));
        Assert.Equal(0, app.Log.Count(LogLevel.Information, "drops its refresh token"));
    }

    [Fact]
    public async Task TokenRequestTimeout_OverBeforeTheTokenRequest_SendsNothingAndKeepsTheRefreshToken()
    {
        TestApp? app = null;
        var isSlow = false;
        await using (app = await StartAsync(services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .AddHttpMessageHandler(() => new SlowMetadata(() => app!.Clock.Advance(isSlow ? _timeout : TimeSpan.Zero)))))
        {
            await app.GetTokenAsync();
            app.Clock.Advance(_aDay);

            isSlow = true;
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
            var sent = app.Server.TokenRequests;
            isSlow = false;
            app.Clock.Advance(TimeSpan.FromSeconds(1));
            await app.GetTokenAsync();

            Assert.Equal($"OAuth2 client 'orders': the 00:00:30 of TokenRequestTimeout were over before {app.Server.TokenEndpoint} could be asked. Raise it, or find what took so long.", exception.Message);
            Assert.True(exception.IsTransient);
            Assert.Equal(1, sent);
            Assert.Equal(["password", "refresh_token"], GrantTypesSent(app));
        }
    }

    [Fact]
    public async Task Revoke_CancelledWhileMetadataHangs_EndsWithItsCaller()
    {
        await using var app = await StartAsync();
        await app.GetTokenAsync();
        app.Clock.Advance(_aDay);
        app.Server.DiscoveryBehavior.Hang = true;
        using var cancellation = new CancellationTokenSource();

        var revoking = app.Tokens.RevokeAsync(TestApp.ClientName, cancellationToken: cancellation.Token).AsTask();
        await TestApp.UntilAsync(() => app.Server.DiscoveryRequests == 2);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => revoking.WaitAsync(Dose.Patience));
    }

    private static IEnumerable<string> GrantTypesSent(TestApp app) => app.Server.RecordedTokenRequests.Select(request => request.Form.GetValueOrDefault("grant_type", "(unread)"));

    private static Task<TestApp> StartAsync(Action<IServiceCollection>? services = null) => TestApp.StartAsync(
        server => server.RefreshTokenLifetime = 2 * _aDay,
        client =>
        {
            (client.Issuer, client.TokenEndpoint, client.RevocationEndpoint) = (client.TokenEndpoint, null, null);
            (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        },
        services);

    /// <summary>Lets time pass before metadata is asked for.</summary>
    private sealed class SlowMetadata(Action pass) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Get)
                pass();
            return base.SendAsync(request, cancellationToken);
        }
    }
}
