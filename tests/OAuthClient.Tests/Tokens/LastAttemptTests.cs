using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Tokens;

/// <summary>At the end of a token's life, when callers begin to need another, one is asked for however long the attempts before back off.</summary>
public sealed class LastAttemptTests
{
    private static readonly TimeSpan _life = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task Get_AtTheEndOfATokensLifeAfterAnOutageOfAMoment_AsksAtOnce()
    {
        await using var app = await TestApp.StartAsync(server => server.TokenLifetime = _life);
        var old = await FailAsync(app, 6.5, 7.5);

        app.Clock.Advance(TimeSpan.FromSeconds(0.5));
        var fresh = await app.GetTokenAsync();

        Assert.NotEqual(old.Value, fresh.Value);
        Assert.Equal(4, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_AtTheEndOfATokensLifeInALongOutage_AsksOnceAndThenBacksOff()
    {
        await using var app = await TestApp.StartAsync(server => server.TokenLifetime = _life);
        await FailAsync(app, 6.5, 7.5);
        app.Server.TokenEndpointBehavior.FailUntilCleared(503);

        app.Clock.Advance(TimeSpan.FromSeconds(0.5));
        for (var i = 0; i < 100; i++)
            await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal(4, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_AtTheEndOfATokensLifeOnAServerThatAsksForQuiet_LeavesItInPeace()
    {
        await using var app = await TestApp.StartAsync(server => server.TokenLifetime = _life);
        await FailAsync(app, 6.5);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        app.Server.TokenEndpointBehavior.FailNext(1, 503, retryAfter: "30");
        await app.GetTokenAsync();
        Assert.Equal(3, app.Server.TokenRequests);

        app.Clock.Advance(TimeSpan.FromSeconds(0.5));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal(3, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_AtTheEndOfATokensLifeWhileAnotherRequestFindsOutHowTheServerIs_DoesNotWaitForIt()
    {
        await using var app = await TestApp.StartAsync(server => server.TokenLifetime = _life);
        var old = await FailAsync(app, 6.5);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        app.Server.TokenEndpointBehavior.HangNext();
        var probe = app.GetTokenAsync("other");
        await app.Server.WaitForTokenRequestsAsync(3);

        app.Clock.Advance(TimeSpan.FromSeconds(0.5));
        var fresh = await app.GetTokenAsync();

        Assert.NotEqual(old.Value, fresh.Value);
        Assert.False(probe.IsCompleted);
        app.Server.TokenEndpointBehavior.Clear();
        await probe;
    }

    /// <summary>A token, and attempts at those seconds of its life to replace it, which fail.</summary>
    private static async Task<OAuth2Token> FailAsync(TestApp app, params double[] seconds)
    {
        var token = await app.GetTokenAsync();
        app.Server.TokenEndpointBehavior.FailNext(seconds.Length, 503);
        var now = 0.0;
        for (var i = 0; i < seconds.Length; i++)
        {
            app.Clock.Advance(TimeSpan.FromSeconds(seconds[i] - now));
            now = seconds[i];
            Assert.Equal(token.Value, (await app.GetTokenAsync()).Value);
            await TestApp.UntilAsync(() => app.Log.Count(LogLevel.Warning, "got no token") == i + 1);

            // It has been logged; who insists on a new token joins it, and knows that it is over.
            await Assert.ThrowsAsync<OAuth2TokenException>(() => app.ForceTokenAsync());
        }

        Assert.Equal(1 + seconds.Length, app.Server.TokenRequests);
        return token;
    }
}
