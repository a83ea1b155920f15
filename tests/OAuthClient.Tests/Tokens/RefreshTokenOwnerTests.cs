using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>
/// A refresh token belongs to server, client and user. Whatever happens to the credentials that it is sent with, and whoever asks, the newest
/// is sent: a rotating server takes the use of an older one for theft and revokes them all.
/// </summary>
public sealed class RefreshTokenOwnerTests
{
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    private readonly TestClient _registered = new(OAuth2TestServer.DefaultClientId, "first");
    private string _secret = "first";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refresh_AfterTheSecretChanged_SendsTheNewest(bool invalidate)
    {
        await using var server = await StartServerAsync();
        await using var app = server.StartAnother(UseRefreshToken(await SignInAsync(server.Server)));
        await app.GetTokenAsync();
        if (invalidate)
            await app.Tokens.InvalidateAsync(TestApp.ClientName);

        ChangeSecret(app);
        await app.ForceTokenAsync();
        app.Clock.Advance(_life);
        await app.GetTokenAsync();

        AssertEachWasNew(app, count: 3);
    }

    [Fact]
    public async Task Refresh_AfterTheSecretChangedWhileOneWasUnderWay_SendsTheNewest()
    {
        await using var server = await StartServerAsync();
        await using var app = server.StartAnother(UseRefreshToken(await SignInAsync(server.Server)));
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        app.Server.TokenEndpointBehavior.Hang = true;
        var early = app.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(3);

        // The server takes both for a while, as servers do whose secrets are rotated.
        _secret = "second";
        app.ReloadOptions();
        var late = app.ForceTokenAsync();
        app.Server.TokenEndpointBehavior.Hang = false;
        await early;
        _registered.ClientSecret = "second";
        await Record.ExceptionAsync(() => late);
        app.Clock.Advance(_life);
        await app.GetTokenAsync();

        Assert.DoesNotContain(Refreshes(app), request => request.StatusCode == 400);
    }

    [Fact]
    public async Task Refresh_ForOtherScopesAfterTheSecretChanged_SendsTheNewest()
    {
        await using var server = await StartServerAsync();
        await using var app = server.StartAnother(UseRefreshToken(await SignInAsync(server.Server)));
        await app.GetTokenAsync();

        ChangeSecret(app);
        await app.GetTokenAsync("read");

        AssertEachWasNew(app, count: 2);
    }

    [Fact]
    public async Task Refresh_ForManyScopesAtOnce_SendsEachOnce()
    {
        await using var server = await StartServerAsync();
        await using var app = server.StartAnother(UseRefreshToken(await SignInAsync(server.Server)));

        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => app.GetTokenAsync($"scope-{i}")));

        AssertEachWasNew(app, count: 5);
        Assert.Equal(1, app.Server.MaxConcurrentTokenRequests);
    }

    [Fact]
    public async Task Refresh_OfAPasswordsTokenAfterTheSecretChanged_NeedsNoPassword()
    {
        await using var app = await StartServerAsync(UsePassword);
        await app.GetTokenAsync();

        ChangeSecret(app);
        await app.ForceTokenAsync();

        Assert.Equal(["password", "refresh_token"], app.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
    }

    [Fact]
    public async Task Refresh_OfAPasswordsTokenThatCameAfterTheSecretChanged_NeedsNoPassword()
    {
        await using var app = await StartServerAsync(UsePassword);
        var isHeld = new TaskCompletionSource();
        app.Server.Options.ConfigureTokenResponse = _ => isHeld.Task.Wait();
        var early = app.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(1);

        ChangeSecret(app);
        var late = app.GetTokenAsync();
        isHeld.SetResult();
        await early;
        await late;

        Assert.Equal(["password", "refresh_token"], app.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
    }

    [Fact]
    public async Task Revoke_WithARefreshToken_TellsTheServerOfBoth()
    {
        await using var app = await StartServerAsync(UsePassword);
        await app.GetTokenAsync();

        await app.Tokens.RevokeAsync(TestApp.ClientName);

        Assert.Equal(["access_token", "refresh_token"], app.Server.RecordedRevocationRequests.Select(request => request.Form["token_type_hint"]).Order(StringComparer.Ordinal));
        Assert.Equal(0, app.Server.LiveTokens);
    }

    [Fact]
    public async Task Revoke_WhileTheFirstFetchIsUnderWay_KeepsNothingOfWhatItBrings()
    {
        await using var app = await StartServerAsync(UsePassword);
        app.Server.TokenEndpointBehavior.Hang = true;
        var early = app.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(1);

        await app.Tokens.RevokeAsync(TestApp.ClientName);
        app.Server.TokenEndpointBehavior.Hang = false;
        await early;
        await app.GetTokenAsync();

        Assert.Equal(["password", "password"], app.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
    }

    private Task<TestApp> StartServerAsync(Action<OAuth2ClientOptions>? client = null) => TestApp.StartAsync(
        server =>
        {
            server.RotateRefreshTokens = true;
            server.Clients.Add(_registered);
        },
        client);

    private void ChangeSecret(TestApp app)
    {
        _registered.ClientSecret = _secret = "second";
        app.ReloadOptions();
    }

    private static IEnumerable<RecordedRequest> Refreshes(TestApp app) =>
        app.Server.RecordedTokenRequests.Where(request => request.Form.GetValueOrDefault("grant_type") == "refresh_token");

    private static void AssertEachWasNew(TestApp app, int count)
    {
        var sent = Refreshes(app).ToArray();
        Assert.All(sent, request => Assert.Equal(200, request.StatusCode));
        Assert.Equal(count, sent.Length);
        Assert.Equal(count, sent.Select(request => request.Form["refresh_token"]).Distinct().Count());
    }

    private static async Task<string> SignInAsync(OAuth2TestServer server)
    {
        using var http = new HttpClient();
        using var response = await http.PostAsync(server.TokenEndpoint, new FormUrlEncodedContent(
        [
            new("grant_type", "password"),
            new("username", OAuth2TestServer.DefaultUsername),
            new("password", OAuth2TestServer.DefaultPassword),
            new("client_id", OAuth2TestServer.DefaultClientId),
            new("client_secret", "first"),
            new("scope", "read scope-0 scope-1 scope-2 scope-3 scope-4"),
        ]));
        using var answer = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return answer.RootElement.GetProperty("refresh_token").GetString()!;
    }

    private void UsePassword(OAuth2ClientOptions client)
    {
        (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        client.ClientSecret = _secret;
    }

    private Action<OAuth2ClientOptions> UseRefreshToken(string refreshToken) => client =>
    {
        client.GrantType = GrantTypes.RefreshToken;
        client.Parameters["refresh_token"] = refreshToken;
        client.ClientSecret = _secret;
    };
}
