using System.Net;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Restraint;

/// <summary>How often an application asks for tokens, whatever its callers want.</summary>
public sealed class TokenBudgetTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Force_AgainAndAgain_GetsThreeAtOnceAndThenOneASecond()
    {
        await using var app = await TestApp.StartAsync();
        var start = app.Clock.GetUtcNow();

        for (var i = 0; i < 8; i++)
            await app.AdvanceUntilAsync(app.ForceTokenAsync());

        Assert.Equal([0, 0, 0, 1, 2, 3, 4, 5], app.Server.RecordedTokenRequests.Select(request => (request.ReceivedAt - start).TotalSeconds));
    }

    [Fact]
    public async Task Force_ByManyAtOnce_IsOneTokenRequest()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Hang = true;
        var forced = Enumerable.Range(0, 100).Select(_ => app.ForceTokenAsync()).ToArray();
        await app.Server.WaitForTokenRequestsAsync(1);
        app.Server.TokenEndpointBehavior.Hang = false;

        var tokens = await Task.WhenAll(forced);

        Assert.Single(tokens.Select(token => token.Value).Distinct());
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Force_OnEachCall_GetsATokenForEachWithinFiveSeconds()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();

        for (var i = 0; i < 20; i++)
        {
            var start = app.Clock.GetUtcNow();
            using var request = new HttpRequestMessage(HttpMethod.Get, "orders").SetOAuth2TokenRequest(new OAuth2TokenRequest { ForceNewToken = true });
            var call = http.SendAsync(request);
            await app.AdvanceUntilAsync(call);
            using var response = await call;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.InRange(app.Clock.GetUtcNow() - start, TimeSpan.Zero, 5 * _second);
        }

        Assert.Equal(20, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_InvalidatedTimeAndAgain_SharesTheRequestThatHasNotBeenSentYet()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Hang = true;
        var calls = new List<Task<OAuth2Token>> { app.GetTokenAsync() };
        await app.Server.WaitForTokenRequestsAsync(1);
        for (var i = 0; i < 12; i++)
        {
            calls.Add(app.GetTokenAsync());
            await app.Tokens.InvalidateAsync(TestApp.ClientName);
        }

        app.Server.TokenEndpointBehavior.Hang = false;

        foreach (var call in calls)
            await app.AdvanceUntilAsync(call);

        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_TokensByTheHundred_AsksTheEndpointAHundredTimesAMinute()
    {
        await using var app = await TestApp.StartAsync();
        for (var i = 0; i < 100; i++)
            await app.GetTokenAsync($"scope-{i}");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("one-more"));
        app.Clock.Advance(57 * _second);
        await app.AdvanceUntilAsync(app.GetTokenAsync("late"));

        Assert.True(exception.IsTransient);
        Assert.Equal(60 * _second, exception.RetryAfter);
        Assert.Equal(101, app.Server.TokenRequests);
        Assert.Equal(60 * _second, app.Server.RecordedTokenRequests[^1].ReceivedAt - app.Server.RecordedTokenRequests[0].ReceivedAt);
    }

    [Fact]
    public async Task Get_RejectedCallsAfterTheBurst_WaitForTheirSlotAndSucceed()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        for (var i = 0; i < 6; i++)
        {
            using var warm = await http.GetAsync("orders");
            app.Server.RevokeAllTokens();

            var call = http.GetAsync("orders");
            var start = app.Clock.GetUtcNow();
            await app.AdvanceUntilAsync(call);

            using var response = await call;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.InRange(app.Clock.GetUtcNow() - start, TimeSpan.Zero, 5 * _second);
        }

        Assert.Equal(7, app.Server.TokenRequests);
    }
}
