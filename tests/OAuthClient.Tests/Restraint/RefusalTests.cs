using OAuthClient.Testing;

namespace OAuthClient.Tests.Restraint;

/// <summary>Whom a refusal is remembered against, and for how long.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("client_credentials", 401, "invalid_client", false, "Client")]
    [InlineData("password", 401, "invalid_client", true, "Client")]
    [InlineData("client_credentials", 400, "invalid_grant", false, "Request")]
    [InlineData("refresh_token", 400, "invalid_grant", false, "Value")]
    [InlineData("refresh_token", 403, null, false, "Request")]
    [InlineData("jwt-bearer", 400, "invalid_grant", false, "Value")]
    [InlineData("jwt-bearer", 400, "invalid_target", false, "Request")]
    [InlineData("password", 400, "invalid_grant", true, "Value")]
    [InlineData("password", 401, "server_error", false, "Value")]
    [InlineData("password", 401, null, false, "Value")]
    [InlineData("password", 403, "17003", false, "Value")]
    [InlineData("password", 400, "invalid_scope", false, "Request")]
    [InlineData("password", 400, "invalid_target", false, "Request")]
    [InlineData("password", 500, "server_error", false, "Request")]
    [InlineData("password", 429, null, false, "Request")]
    [InlineData("password", 400, "unknown_error", true, "Request")]
    [InlineData("password", 401, null, true, "Request")]
    public void Judge_EachAnswer_BlamesWhatWasRefused(string grantType, int status, string? error, bool isProved, string expected)
    {
        Grant grant = grantType switch
        {
            "client_credentials" => new ClientCredentialsGrant(),
            "password" => new PasswordGrant("alice", "pw"),
            "refresh_token" => new RefreshTokenGrant("R"),
            _ => new ExtensionGrant(grantType),
        };

        Assert.Equal(expected, Refusal.Judge(grant, new TokenFailure("refused", error) { Status = status }, isProved).ToString());
    }

    /// <summary>A page with a code in it, which may come from any proxy, refuses nobody's password.</summary>
    [Theory]
    [InlineData(200, """{"error":"wrong_password"}""", 60)]
    [InlineData(201, """{"error":"wrong_password","access_token":"none"}""", 60)]
    [InlineData(200, """{"error":"wrong_password","error":null,"access_token":"none"}""", 60)]
    [InlineData(200, """{"code":7,"message":"hello"}""", 1)]
    [InlineData(200, "<html>hello</html>", 1)]
    public async Task Get_APasswordThatIsAnsweredWithASuccess_IsRefusedWhereThatNamesAnError(int status, string body, int leastSeconds)
    {
        await using var app = await StartPasswordAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, status, body);

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal(leastSeconds > 1, exception.RetryAfter > TimeSpan.FromSeconds(leastSeconds));
    }

    [Fact]
    public async Task Get_AnAssertionThatIsRefused_BarsNobodyWhoSendsAnother()
    {
        await using var app = await StartAsync(GrantTypes.JwtBearer, grant =>
        {
            if (grant.Parameters["assertion"] == "mallory")
                grant.Refuse("invalid_grant", "No.");
        });

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<OAuth2TokenException>(() => GetAsync(app, "mallory"));
            app.Clock.Advance(TimeSpan.FromSeconds(2));
            Assert.NotNull(await GetAsync(app, $"alice {i}"));
        }

        Assert.Single(app.Server.RecordedTokenRequests, request => request.Form["assertion"] == "mallory");
    }

    [Theory]
    [InlineData(401, """{"error":"server_error","error_description":"access_denied"}""")]
    [InlineData(401, "")]
    [InlineData(401, """{"fault":{"code":900901}}""")]
    [InlineData(403, "<html>no</html>")]
    [InlineData(400, """{"error":17003}""")]
    public async Task Get_APasswordThatHasNotProvedGoodAndIsRefusedInWhateverWords_IsSentOnceInAQuarterOfAnHour(int status, string body)
    {
        await using var app = await StartPasswordAsync();
        app.Server.TokenEndpointBehavior.FailUntilCleared(status, body);

        OAuth2TokenException? refused = null;
        for (var minute = 0; minute < 10; minute++)
        {
            refused = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
            await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync($"scope-{minute}"));
            app.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Single(app.Server.RecordedTokenRequests);
        Assert.InRange(refused!.RetryAfter!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(6));
    }

    private static Task<OAuth2Token> GetAsync(TestApp app, string assertion) =>
        app.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest { Parameters = new Dictionary<string, string> { ["assertion"] = assertion } }).AsTask();

    private static Task<TestApp> StartPasswordAsync() => TestApp.StartAsync(client: options =>
    {
        options.GrantType = GrantTypes.Password;
        options.Username = OAuth2TestServer.DefaultUsername;
        options.Password = OAuth2TestServer.DefaultPassword;
    });

    private static Task<TestApp> StartAsync(string grantType, Action<GrantContext> grant) => TestApp.StartAsync(
        server =>
        {
            server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { GrantTypes = { grantType } });
            server.CustomGrants[grantType] = grant;
        },
        options => options.GrantType = grantType);
}
