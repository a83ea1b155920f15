using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>One refresh token for all that a client asks for with it: on a server that rotates, each use takes the one that the use before has brought.</summary>
public sealed class RefreshTokenSlotTests
{
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    [Fact]
    public async Task Get_OtherScopesByTheSameRefreshToken_UsesTheOneThatTheUseBeforeBrought()
    {
        await using var app = await StartAsync();
        await using var client = app.StartAnother(UseRefreshToken(await SignInAsync(app.Server)));

        string[] used = ["", "a", "b", "a b"];
        foreach (var scopes in used)
            await client.GetTokenAsync(scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        app.Clock.Advance(_life);
        foreach (var scopes in used)
            await client.GetTokenAsync(scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(8, RefreshTokensSent(app).Distinct().Count());
        Assert.All(app.Server.RecordedTokenRequests, request => Assert.Equal(200, request.StatusCode));
    }

    [Fact]
    public void Put_OfWhatIsKnownOrWasTakenAwayMeanwhile_IsNoNews()
    {
        var slot = new RefreshTokenSlot("first");
        var (_, taken) = slot.Read();
        Assert.False(slot.Put("first", taken));
        Assert.True(slot.Put("second", taken));

        Assert.Equal("second", slot.Take());

        Assert.False(slot.Put("third", taken));
        Assert.Null(slot.Read().Value);
    }

    [Fact]
    public async Task Get_OtherScopesAtTheSameTime_TakesTurns()
    {
        await using var app = await StartAsync();
        await using var client = app.StartAnother(UseRefreshToken(await SignInAsync(app.Server)));
        app.Server.TokenEndpointBehavior.Hang = true;
        var calls = new[] { "a", "b", "c" }.Select(scope => client.GetTokenAsync(scope)).ToArray();
        await app.Server.WaitForTokenRequestsAsync(2);
        app.Server.TokenEndpointBehavior.Hang = false;

        var tokens = await Task.WhenAll(calls);

        Assert.Equal(["a", "b", "c"], tokens.Select(token => token.Scope));
        Assert.Equal((4, 1), (app.Server.TokenRequests, app.Server.MaxConcurrentTokenRequests));
        Assert.Equal(3, RefreshTokensSent(app).Distinct().Count());
    }

    // Whoever brings the same refresh token under another name has the same in hand.
    [Fact]
    public async Task Get_ByTwoNamesOfOneRefreshToken_TakesTurns()
    {
        await using var app = await StartAsync();
        var refreshToken = await SignInAsync(app.Server);
        await using var client = app.StartAnother(UseRefreshToken(refreshToken), services => services.AddOAuth2Client("second", options =>
        {
            (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (app.Server.TokenEndpoint, OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
            options.TokenRequestTimeout = TimeSpan.FromSeconds(20);
            UseRefreshToken(refreshToken)(options);
        }));

        await client.GetTokenAsync();
        await client.Tokens.GetTokenAsync("second");
        client.Clock.Advance(_life);
        await client.GetTokenAsync();

        Assert.Equal(3, RefreshTokensSent(app).Distinct().Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reload_OfTheClientsSecret_GoesOnWithTheRotatedRefreshToken(bool overridden)
    {
        var registered = new TestClient(OAuth2TestServer.DefaultClientId, "first");
        var secret = "first";
        await using var app = await StartAsync(server => server.Clients.Add(registered));
        var refreshToken = await SignInAsync(app.Server, "first");
        await using var client = app.StartAnother(options =>
        {
            UseRefreshToken(refreshToken)(options);
            options.ClientSecret = secret;
        });
        string[] scopes = overridden ? ["a"] : [];
        await client.GetTokenAsync(scopes);
        registered.ClientSecret = secret = "second";

        client.ReloadOptions();
        app.Clock.Advance(_life);
        await client.GetTokenAsync(scopes);

        Assert.Equal(2, RefreshTokensSent(app).Distinct().Count());
        Assert.All(app.Server.RecordedTokenRequests, request => Assert.Equal(200, request.StatusCode));
    }

    [Fact]
    public async Task Get_AfterTheRefreshTokenWasRevoked_SaysToSignInAgainAndAsksNobody()
    {
        await using var app = await StartAsync();
        await using var client = app.StartAnother(UseRefreshToken(await SignInAsync(app.Server)));
        await client.GetTokenAsync();
        var requests = app.Server.TokenRequests;

        await client.Tokens.RevokeAsync(TestApp.ClientName);

        foreach (var scopes in new string[][] { [], ["a"] })
        {
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => client.GetTokenAsync(scopes));
            Assert.Contains("its refresh token was revoked", exception.Message, StringComparison.Ordinal);
            Assert.Contains("Sign in again", exception.Message, StringComparison.Ordinal);
            Assert.False(exception.IsTransient);
        }

        Assert.Equal((requests, 2), (app.Server.TokenRequests, app.Server.RevocationRequests));
    }

    // What is under way when the user takes the refresh token away does not bring it back.
    [Fact]
    public async Task Revoke_WhileARefreshIsUnderWay_IsNotUndoneByWhatItBrings()
    {
        await using var app = await StartAsync();
        await using var client = app.StartAnother(UseRefreshToken(await SignInAsync(app.Server)));
        app.Server.TokenEndpointBehavior.Hang = true;
        var early = client.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(2);
        await client.Tokens.RevokeAsync(TestApp.ClientName);
        app.Server.TokenEndpointBehavior.Hang = false;
        await Record.ExceptionAsync(() => early);

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => client.GetTokenAsync("a"));

        Assert.Contains("Sign in again", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_WhoseAnswerIsUnusable_KeepsTheRefreshTokenThatCameThoughTheOwnGrantFails()
    {
        TestApp? app = null;
        var isUsable = true;
        await using (app = await StartAsync(server => server.ConfigureTokenResponse = response =>
        {
            if (isUsable)
                return;

            // The refresh is answered so, and the password not at all.
            (response["token_type"], response["refresh_token"]) = ("DPoP", "rotated");
            app!.Server.TokenEndpointBehavior.FailNext(1, 503);
        }))
        {
            await using var client = app.StartAnother(options =>
                (options.GrantType, options.Username, options.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
            await client.GetTokenAsync();
            app.Clock.Advance(_life);
            isUsable = false;
            await Assert.ThrowsAsync<OAuth2TokenException>(() => client.GetTokenAsync());
            Assert.Equal(3, app.Server.TokenRequests);
            isUsable = true;
            app.Clock.Advance(TimeSpan.FromMinutes(1));

            await client.GetTokenAsync();

            Assert.Equal("rotated", RefreshTokensSent(app)[^1]);
        }
    }

    private static Task<TestApp> StartAsync(Action<OAuth2TestServerOptions>? server = null) => TestApp.StartAsync(options =>
    {
        options.RotateRefreshTokens = true;
        server?.Invoke(options);
    });

    private static string[] RefreshTokensSent(TestApp app) =>
        [.. app.Server.RecordedTokenRequests.Select(request => request.Form.GetValueOrDefault("refresh_token")).OfType<string>()];

    private static async Task<string> SignInAsync(OAuth2TestServer server, string secret = OAuth2TestServer.DefaultClientSecret)
    {
        using var http = new HttpClient();
        using var content = new FormUrlEncodedContent(
        [
            new("grant_type", "password"),
            new("username", OAuth2TestServer.DefaultUsername),
            new("password", OAuth2TestServer.DefaultPassword),
            new("scope", "a b c"),
            new("client_id", OAuth2TestServer.DefaultClientId),
            new("client_secret", secret),
        ]);
        using var response = await http.PostAsync(server.TokenEndpoint, content);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return answer.RootElement.GetProperty("refresh_token").GetString()!;
    }

    private static Action<OAuth2ClientOptions> UseRefreshToken(string refreshToken) => client =>
    {
        client.GrantType = GrantTypes.RefreshToken;
        client.Parameters["refresh_token"] = refreshToken;
    };
}
