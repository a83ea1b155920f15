using System.Globalization;

namespace OAuthClient.Tests.Tokens;

/// <summary>A token's time counts from when it was asked for, and one that has ended when it arrives is of no use to anybody.</summary>
public sealed class ExpiredOnArrivalTests
{
    [Fact]
    public async Task Get_OfTokensThatHaveAllExpiredOnArrival_IsTriedThreeTimes()
    {
        TestApp? app = null;
        await using (app = await TestApp.StartAsync())
        {
            Answer(app, takes: 20, expiresIn: 20);

            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

            Assert.Equal("OAuth2 client 'orders': the token had expired when it arrived. Let the server issue tokens that live longer, or answer faster.", exception.Message);
            Assert.True(exception.IsTransient);
            Assert.Equal(3, app.Server.TokenRequests);
        }
    }

    [Fact]
    public async Task Get_OfATokenThatWasLongUnderWay_CountsItsTimeFromTheRequest()
    {
        await using var app = await TestApp.StartAsync();
        Answer(app, takes: 20, expiresIn: 600);
        var start = app.Clock.GetUtcNow();

        var token = await app.GetTokenAsync();

        Assert.Equal((start.AddSeconds(600), "granted"), (token.ExpiresAt, token.Scope));
    }

    private static void Answer(TestApp app, int takes, int expiresIn)
    {
        var number = 0;
        app.Server.TokenEndpointBehavior.Override = context =>
        {
            app.Clock.Advance(TimeSpan.FromSeconds(takes));
            context.Response.ContentType = "application/json";
            return Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(
                context.Response,
                string.Create(CultureInfo.InvariantCulture, $$"""{"access_token":"t{{number++}}","token_type":"Bearer","expires_in":{{expiresIn}},"scope":"granted"}"""));
        };
    }
}
