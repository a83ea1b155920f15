using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>What becomes of refresh tokens when answers get lost, and where there is nothing else.</summary>
public sealed class RefreshTokenTests
{
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(503, "", false)]
    [InlineData(400, """{"error":"invalid_grant"}""", true)]
    public async Task Refresh_WithNoOtherGrant_TellsToSignInAgainOnlyWhereItIsRefused(int status, string body, bool isTold)
    {
        await using var app = await TestApp.StartAsync(client: UseRefreshToken("canary"));
        app.Server.TokenEndpointBehavior.FailUntilCleared(status, body, "application/json");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal(isTold, exception.Message.EndsWith("The client has no other grant; sign in again for a new refresh token.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refresh_ItsAnswerIsLost_IsNotSentAgain()
    {
        await using var app = await TestApp.StartAsync(server => server.RotateRefreshTokens = true, UsePassword);
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        app.Server.TokenEndpointBehavior.LoseNextResponses();

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await app.GetTokenAsync();

        Assert.True(exception.IsTransient);
        Assert.Equal(["password", "refresh_token", "password"], GrantTypesSent(app));
    }

    [Fact]
    public async Task Refresh_ItsAnswerIsLostByAServerThatDoesNotRotate_IsSentAgain()
    {
        await using var app = await TestApp.StartAsync(client: UsePassword);
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        app.Server.TokenEndpointBehavior.LoseNextResponses(2);

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await app.GetTokenAsync();

        Assert.Equal(["password", "refresh_token", "refresh_token", "refresh_token", "refresh_token"], GrantTypesSent(app));
    }

    [Fact]
    public async Task Refresh_ServerIsBusy_IsSentAgainLater()
    {
        await using var app = await TestApp.StartAsync(server => server.RotateRefreshTokens = true, UsePassword);
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        app.Server.TokenEndpointBehavior.FailNext(1, 503);

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await app.GetTokenAsync();

        Assert.Equal(["password", "(unread)", "refresh_token"], GrantTypesSent(app));
    }

    /// <summary>Refresh tokens end, and nothing has failed where the client's own grant takes over.</summary>
    [Theory]
    [InlineData("invalid_grant", 0, 1)]
    [InlineData("invalid_scope", 1, 0)]
    public async Task Refresh_ThatIsRefused_IsAWarningWhereItsTokenIsNotTheCause(string error, int warnings, int dropped)
    {
        await using var app = await TestApp.StartAsync(client: UsePassword);
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        app.Server.TokenEndpointBehavior.FailNext(1, 400, $$"""{"error":"{{error}}"}""", "application/json");

        await app.GetTokenAsync();

        Assert.Equal(warnings, app.Log.Count(LogLevel.Warning, "got no token by refresh_token"));
        Assert.Equal(dropped, app.Log.Count(LogLevel.Information, $"drops its refresh token: the token endpoint {app.Server.TokenEndpoint} answered 400 {error}"));
    }

    [Fact]
    public async Task Get_ByRefreshTokenAlone_UsesTheNewestOneEachTime()
    {
        await using var app = await TestApp.StartAsync(server => server.RotateRefreshTokens = true);
        var first = await SignInAsync(app.Server);
        await using var client = app.StartAnother(UseRefreshToken(first));

        for (var i = 0; i < 3; i++)
        {
            await client.GetTokenAsync();
            app.Clock.Advance(_life);
        }

        var sent = app.Server.RecordedTokenRequests.Skip(1).Select(request => request.Form["refresh_token"]).ToArray();
        Assert.Equal(["password", "refresh_token", "refresh_token", "refresh_token"], GrantTypesSent(app));
        Assert.Equal(first, sent[0]);
        Assert.Equal(3, sent.Distinct().Count());
    }

    [Fact]
    public async Task Get_ByRefreshTokenAloneThatIsRefused_SaysToSignInAgainAndAsksSeldom()
    {
        await using var app = await TestApp.StartAsync(client: UseRefreshToken("long-gone"));
        for (var i = 0; i < 600; i++)
        {
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
            Assert.Equal("invalid_grant", exception.Error);
            Assert.False(exception.IsTransient);
            Assert.Contains("sign in again", exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("long-gone", exception.ToString(), StringComparison.Ordinal);
            app.Clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(app.Server.TokenRequests, 1, 8);
    }

    [Fact]
    public async Task Refresh_WhoseAccessTokenCannotBeUsed_KeepsTheRefreshTokenThatCameAlong()
    {
        var tokenType = "Bearer";
        await using var app = await TestApp.StartAsync(server =>
        {
            server.RotateRefreshTokens = true;
            server.ConfigureTokenResponse = response => response["token_type"] = tokenType;
        });
        await using var client = app.StartAnother(UseRefreshToken(await SignInAsync(app.Server)));
        tokenType = "DPoP";
        await Assert.ThrowsAsync<OAuth2TokenException>(() => client.GetTokenAsync());

        tokenType = "Bearer";
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await client.GetTokenAsync();

        Assert.Equal(["password", "refresh_token", "refresh_token"], GrantTypesSent(app));
    }

    [Fact]
    public async Task Get_ByClientCredentials_IgnoresARefreshTokenThatComesAlong()
    {
        await using var app = await TestApp.StartAsync(server => server.ConfigureTokenResponse = response => response["refresh_token"] = "unasked-for");
        await app.GetTokenAsync();
        app.Clock.Advance(_life);

        await app.GetTokenAsync();

        Assert.Equal(["client_credentials", "client_credentials"], GrantTypesSent(app));
    }

    private static IEnumerable<string> GrantTypesSent(TestApp app) => app.Server.RecordedTokenRequests.Select(request => request.Form.GetValueOrDefault("grant_type", "(unread)"));

    private static async Task<string> SignInAsync(OAuth2TestServer server)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, server.TokenEndpoint);
        request.Content = new FormUrlEncodedContent(
        [
            new("grant_type", "password"),
            new("username", OAuth2TestServer.DefaultUsername),
            new("password", OAuth2TestServer.DefaultPassword),
            new("client_id", OAuth2TestServer.DefaultClientId),
            new("client_secret", OAuth2TestServer.DefaultClientSecret),
        ]);
        using var response = await http.SendAsync(request);
        using var answer = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return answer.RootElement.GetProperty("refresh_token").GetString()!;
    }

    private static void UsePassword(OAuth2ClientOptions client)
    {
        client.GrantType = GrantTypes.Password;
        client.Username = OAuth2TestServer.DefaultUsername;
        client.Password = OAuth2TestServer.DefaultPassword;
    }

    private static Action<OAuth2ClientOptions> UseRefreshToken(string refreshToken) => client =>
    {
        client.GrantType = GrantTypes.RefreshToken;
        client.Parameters["refresh_token"] = refreshToken;
    };
}
