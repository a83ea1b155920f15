using System.Net;
using System.Net.Http.Headers;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class RevocationEndpointTests : ServerTests
{
    private static readonly AuthenticationHeaderValue _client = Caller.Basic("id", "secret");

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret"));
        options.Clients.Add(new TestClient("other", "secret"));
    }

    [Fact]
    public async Task Revoke_AccessToken_IsRefusedByTheGateway()
    {
        var token = await Caller.GetTokenAsync();

        var answer = await RevokeAsync($"token={token}&token_type_hint=access_token", _client);

        Assert.Equal((HttpStatusCode.OK, ""), (answer.Status, answer.Body));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(token)).Status);
        Assert.Equal(1, Server.RevocationRequests);
        Assert.Equal("access_token", Server.RecordedRevocationRequests[0].Form["token_type_hint"]);
    }

    [Fact]
    public async Task Revoke_RefreshToken_RevokesItsAccessTokensToo()
    {
        Server.Options.RotateRefreshTokens = true;
        var first = await Caller.TokenAsync(Caller.PasswordGrant);
        var second = await Caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}");

        await RevokeAsync($"token={second["refresh_token"]}", _client);

        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(first["access_token"])).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(second["access_token"])).Status);
        Assert.Equal("invalid_grant", (await Caller.TokenAsync($"grant_type=refresh_token&refresh_token={second["refresh_token"]}"))["error"]);
    }

    [Fact]
    public async Task Revoke_AccessToken_LeavesItsRefreshTokenGood()
    {
        var first = await Caller.TokenAsync(Caller.PasswordGrant);

        await RevokeAsync($"token={first["access_token"]}", _client);

        Assert.Equal(HttpStatusCode.OK, (await Caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}")).Status);
    }

    [Fact]
    public async Task Revoke_UnknownToken_Is200() => Assert.Equal(HttpStatusCode.OK, (await RevokeAsync("token=unknown", _client)).Status);

    [Fact]
    public async Task Revoke_WithoutAuthentication_IsInvalidClientAndRevokesNothing()
    {
        var token = await Caller.GetTokenAsync();

        var answer = await RevokeAsync($"token={token}", null);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client", 1), (answer.Status, answer["error"], Server.LiveTokens));
    }

    [Fact]
    public async Task Revoke_TokenOfAnotherClient_IsRefused()
    {
        var token = await Caller.GetTokenAsync();

        var answer = await RevokeAsync($"token={token}", Caller.Basic("other", "secret"));

        Assert.Equal((HttpStatusCode.BadRequest, "unauthorized_client", 1), (answer.Status, answer["error"], Server.LiveTokens));
    }

    [Theory]
    [InlineData("token_type_hint=access_token")]
    [InlineData("token=")]
    public async Task Revoke_NoToken_IsInvalidRequest(string form) => Assert.Equal("invalid_request", (await RevokeAsync(form, _client))["error"]);

    private Task<Answer> RevokeAsync(string form, AuthenticationHeaderValue? credentials) => Caller.PostAsync(Server.RevocationEndpoint, form, credentials);
}
