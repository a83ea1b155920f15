using System.Net;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>What calls do while the token server is down and there is still a token: one that serves, or one that is known to be rejected.</summary>
public sealed class StaleCallTests
{
    private static readonly Uri _address = new("https://api.example/orders/42");
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Call_WithAStaleTokenWhileTheServerIsDown_CostsWhatOneWithAFreshTokenDoes()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(options => options.TimeProvider = clock);
        using var api = new HttpMessageInvoker(OAuth2Handler.Create(
            new OAuth2ClientOptions
            {
                TokenEndpoint = server.TokenEndpoint,
                ClientId = OAuth2TestServer.DefaultClientId,
                ClientSecret = OAuth2TestServer.DefaultClientSecret,
                BaseAddress = _address,
            },
            new CallCost.Answer(),
            clock));
        using var first = await api.SendAsync(new HttpRequestMessage(HttpMethod.Get, _address), CancellationToken.None);
        CallCost.Measure(api, () => _address);
        var fresh = CallCost.Measure(api, () => _address);
        clock.Advance(TimeSpan.FromSeconds(3600 - 30));
        server.TokenEndpointBehavior.FailUntilCleared(503);
        using var stale = await api.SendAsync(new HttpRequestMessage(HttpMethod.Get, _address), CancellationToken.None);
        await server.WaitForCompletedTokenRequestsAsync(2);

        // As soon as the failure is known.
        await TestApp.UntilAsync(() => CallCost.Measure(api, () => _address) == fresh);

        Assert.Equal(2, server.TokenRequests);
    }

    [Fact]
    public async Task Call_AfterItsTokenHasExpiredWhileTheServerAsksForQuiet_IsNotSent()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        (await http.GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
        app.Clock.Advance(TimeSpan.FromSeconds(3600 - 30));
        app.Server.TokenEndpointBehavior.FailUntilCleared(503, retryAfter: "300");
        (await http.GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
        await TestApp.UntilAsync(() => app.Log.Count(LogLevel.Warning, "got no token") == 1);
        for (var i = 0; i < 10; i++)
            (await http.GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
        var calls = app.Server.ApiCalls;

        app.Clock.Advance(30 * _second);

        await Assert.ThrowsAsync<OAuth2TokenException>(() => http.GetAsync("orders"));
        Assert.Equal((calls, 2), (app.Server.ApiCalls, app.Server.TokenRequests));
    }

    [Fact]
    public async Task Calls_WithATokenThatWasRevokedWhileTheServerIsDown_FailWithTheCauseAndLogItSeldom()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        (await http.GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
        app.Server.RevokeAllTokens();
        app.Server.TokenEndpointBehavior.FailUntilCleared(503);

        // The one whose 401 tells of it gets that as its answer.
        using var rejected = await http.GetAsync("orders");
        for (var i = 0; i < 600; i++)
        {
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => http.GetAsync("orders"));
            Assert.True(exception.IsTransient);
            Assert.Contains("answered 503", exception.Message, StringComparison.Ordinal);
            app.Clock.Advance(_second / 10);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, rejected.StatusCode);
        Assert.Equal(2, app.Server.ApiCalls);

        // One line for each attempt, which back off, and one for the call that was not sent again.
        Assert.InRange(app.Server.TokenRequests, 5, 12);
        Assert.Equal(app.Server.TokenRequests, app.Log.Entries.Count(entry => entry.Category == "OAuthClient" && entry.Level >= LogLevel.Warning));
        Assert.Equal(1, app.Log.Entries.Count(entry => entry.Category == "OAuthClient" && entry.Message.Contains("answered 401", StringComparison.Ordinal)));

        app.Server.TokenEndpointBehavior.Clear();
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        (await http.GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
    }

    /// <summary>Where a new token revokes the one before, a call that would be lost by that waits for the new one. One that can be sent again does not.</summary>
    [Fact]
    public async Task Call_WithAStaleTokenThatTheNextOneRevokes_WaitsWhereItCannotBeSentAgain()
    {
        await using var app = await TestApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.RevokePrevious);
        var http = app.CreateClient();
        (await http.GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
        app.Server.ApiBehavior.Hang = true;
        var superseded = http.GetAsync("orders");
        await app.Server.WaitForApiCallsAsync(2);
        await app.ForceTokenAsync();
        app.Server.ApiBehavior.Hang = false;
        (await superseded).EnsureSuccessStatusCode().Dispose();
        app.Clock.Advance(TimeSpan.FromSeconds(3600 - 30));
        app.Server.TokenEndpointBehavior.Hang = true;

        using var sentAtOnce = await http.GetAsync("orders").WaitAsync(Dose.Patience);
        var waiting = http.PostAsync("orders", new StreamContent(new OneWayStream()));
        await app.Server.WaitForTokenRequestsAsync(3);

        Assert.Equal((HttpStatusCode.OK, false), (sentAtOnce.StatusCode, waiting.IsCompleted));
        app.Server.TokenEndpointBehavior.Hang = false;
        Assert.Equal(HttpStatusCode.OK, (await waiting.WaitAsync(Dose.Patience)).StatusCode);
        Assert.Equal(app.Server.RecordedApiCalls[^1].Headers["Authorization"], $"Bearer {(await app.GetTokenAsync()).Value}");
    }
}
