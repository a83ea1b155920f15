using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Restraint;

public sealed class OwnLimitTests
{
    [Fact]
    public async Task Get_WhileOurOwnLimitHoldsItUp_IsNoFailureOfTheServer()
    {
        await using var app = await TestApp.StartAsync();
        for (var i = 0; i < 100; i++)
            await app.GetTokenAsync($"scope-{i}");

        for (var seconds = 0; seconds < 54; seconds += 2)
        {
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("one-more"));
            Assert.True(exception.IsTransient);
            Assert.Equal(TimeSpan.FromSeconds(60 - seconds), exception.RetryAfter);
            app.Clock.Advance(TimeSpan.FromSeconds(2));
        }

        app.Clock.Advance(TimeSpan.FromSeconds(6));
        await app.GetTokenAsync("one-more");

        Assert.Equal(101, app.Server.TokenRequests);
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Level >= LogLevel.Warning);
    }
}
