using OAuthClient.Testing;

namespace OAuthClient.Tests.Scars;

/// <summary>Refresh tokens spare the user's password, and never lock the client out.</summary>
public sealed class RefreshTokenTests
{
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    /// <summary>Guards against a refused refresh token that fails the call, or every call from then on.</summary>
    [Fact]
    public async Task Scar08_RefreshIsRefused_ThePasswordServesTheSameCall()
    {
        await using var app = await TestApp.StartAsync(client: UsePassword);
        await app.GetTokenAsync();
        app.Server.RevokeAllTokens();
        app.Clock.Advance(_life);

        await app.GetTokenAsync();

        Assert.Equal(["password", "refresh_token", "password"], app.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
    }

    /// <summary>Guards against losing the refresh token when an answer brings none.</summary>
    [Fact]
    public async Task Scar09_AnswerWithoutRefreshToken_KeepsTheOldOne()
    {
        var isFirst = true;
        await using var app = await TestApp.StartAsync(
            server => server.ConfigureTokenResponse = response =>
            {
                if (!isFirst)
                    response.Remove("refresh_token");
                isFirst = false;
            },
            UsePassword);
        for (var i = 0; i < 3; i++)
        {
            await app.GetTokenAsync();
            app.Clock.Advance(_life);
        }

        var requests = app.Server.RecordedTokenRequests;
        Assert.Equal(["password", "refresh_token", "refresh_token"], requests.Select(request => request.Form["grant_type"]));
        Assert.Equal(requests[1].Form["refresh_token"], requests[2].Form["refresh_token"]);
    }

    /// <summary>Guards against sending a refresh token that has been replaced, which a rotating server takes for theft.</summary>
    [Fact]
    public async Task Scar09_AnswerWithRefreshToken_ReplacesTheOldOne()
    {
        await using var app = await TestApp.StartAsync(server => server.RotateRefreshTokens = true, UsePassword);
        for (var i = 0; i < 3; i++)
        {
            await app.GetTokenAsync();
            app.Clock.Advance(_life);
        }

        var requests = app.Server.RecordedTokenRequests;
        Assert.Equal(["password", "refresh_token", "refresh_token"], requests.Select(request => request.Form["grant_type"]));
        Assert.NotEqual(requests[1].Form["refresh_token"], requests[2].Form["refresh_token"]);
    }

    private static void UsePassword(OAuth2ClientOptions client)
    {
        client.GrantType = GrantTypes.Password;
        client.Username = OAuth2TestServer.DefaultUsername;
        client.Password = OAuth2TestServer.DefaultPassword;
    }
}
