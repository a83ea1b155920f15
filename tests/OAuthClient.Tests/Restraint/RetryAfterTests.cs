namespace OAuthClient.Tests.Restraint;

public sealed class RetryAfterTests
{
    [Fact]
    public async Task RetryAfter_OfATokensFirstFailureInALongOutage_TellsTheBarOfTheEndpoint()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailUntilCleared(503);
        for (var seconds = 1; seconds <= 4; seconds *= 2)
        {
            await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
            app.Clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("other"));

        Assert.Equal(4, app.Server.TokenRequests);
        Assert.InRange(exception.RetryAfter!.Value, TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(8));
    }
}
