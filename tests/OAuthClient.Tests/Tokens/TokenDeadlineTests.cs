using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>Whatever getting a token takes, one TokenRequestTimeout bounds it.</summary>
public sealed class TokenDeadlineTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Get_BySlowSecretAndAServerThatNeverAnswers_EndsAtTheOneTimeout(bool synchronous)
    {
        TestApp? app = null;
        await using (app = await TestApp.StartAsync(client: client => UseSlowSecret(client, () => app!)))
        {
            app.Server.TokenEndpointBehavior.Hang = true;
            var http = app.CreateClient();
            var call = synchronous ? Task.Run(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders"))) : http.GetAsync("orders");
            await PassSecretAsync(app);
            await app.Server.WaitForTokenRequestsAsync(1);

            await AssertEndsInTenSecondsAsync(app, call);
        }
    }

    [Fact]
    public async Task Get_BySlowSecretThatIsRefused_DoesNotReadItAgainBeyondTheTimeout()
    {
        TestApp? app = null;
        await using (app = await TestApp.StartAsync(client: client => UseSlowSecret(client, () => app!)))
        {
            app.Server.TokenEndpointBehavior.FailUntilCleared(401, """{"error":"invalid_client"}""");
            var call = app.GetTokenAsync();
            await PassSecretAsync(app);
            await app.Server.WaitForCompletedTokenRequestsAsync(1);
            await TestApp.UntilAsync(() => app.Clock.ActiveTimers == 2);

            app.Clock.Advance(10 * _second);

            Assert.Equal("invalid_client", (await Assert.ThrowsAsync<OAuth2TokenException>(() => call)).Error);
            Assert.Equal(1, app.Server.TokenRequests);
        }
    }

    [Fact]
    public async Task Get_BySlowMetadataAndAServerThatNeverAnswers_EndsAtTheOneTimeout()
    {
        await using var app = await TestApp.StartAsync();
        await using var ours = app.StartAnother(client => (client.TokenEndpoint, client.RevocationEndpoint, client.Issuer) = (null, null, app.Server.Issuer));
        app.Server.DiscoveryBehavior.Latency = 20 * _second;
        app.Server.TokenEndpointBehavior.Hang = true;
        var call = ours.GetTokenAsync();
        await TestApp.UntilAsync(() => app.Server.DiscoveryRequests == 1 && app.Clock.ActiveTimers == 2);
        app.Clock.Advance(20 * _second);
        await app.Server.WaitForTokenRequestsAsync(1);

        await AssertEndsInTenSecondsAsync(app, call);
    }

    [Fact]
    public async Task Get_ByARequestThatBreaksAndIsRepeated_EndsAtTheOneTimeout()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Latency = 20 * _second;
        app.Server.TokenEndpointBehavior.AbortNext();
        var call = app.GetTokenAsync();
        await TestApp.UntilAsync(() => app.Server.TokenRequests == 1 && app.Clock.ActiveTimers == 2);
        app.Clock.Advance(20 * _second);
        await app.Server.WaitForTokenRequestsAsync(2);

        await AssertEndsInTenSecondsAsync(app, call);
    }

    // The refresh token's request and that of the client's own grant, too.
    [Fact]
    public async Task Get_ByRefreshTokenAndThenByPassword_EndsAtTheOneTimeout()
    {
        await using var app = await TestApp.StartAsync(client: client =>
            (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
        await app.GetTokenAsync();
        app.Clock.Advance(TimeSpan.FromHours(1));
        app.Server.TokenEndpointBehavior.Latency = 20 * _second;
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"invalid_grant"}""");
        var call = app.GetTokenAsync();
        await TestApp.UntilAsync(() => app.Server.TokenRequests == 2 && app.Clock.ActiveTimers == 2);
        app.Clock.Advance(20 * _second);
        await app.Server.WaitForTokenRequestsAsync(3);

        await AssertEndsInTenSecondsAsync(app, call);
    }

    private static void UseSlowSecret(OAuth2ClientOptions client, Func<TestApp> getApp)
    {
        client.ClientSecret = null;
        client.ClientSecretCallback = async cancellationToken =>
        {
            await Task.Delay(20 * _second, getApp().Clock, cancellationToken);
            return OAuth2TestServer.DefaultClientSecret;
        };
    }

    // Beside the time-out, the secret's delay is the only timer there is.
    private static async Task PassSecretAsync(TestApp app)
    {
        await TestApp.UntilAsync(() => app.Clock.ActiveTimers == 2);
        app.Clock.Advance(20 * _second);
    }

    private static async Task AssertEndsInTenSecondsAsync(TestApp app, Task call)
    {
        app.Clock.Advance(9.9 * _second);
        await Task.Yield();
        Assert.False(call.IsCompleted);
        app.Clock.Advance(0.1 * _second);

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => call.WaitAsync(Dose.Patience));
        Assert.Contains("TokenRequestTimeout", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.IsTransient);
    }
}
