using System.Net;
using System.Net.Http.Headers;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class RevocationEndpointTests : IAsyncLifetime
{
    private static readonly AuthenticationHeaderValue _client = Caller.Basic("id", "secret");
    private OAuth2TestServer _server = null!;
    private Caller _caller = null!;

    public async Task InitializeAsync()
    {
        _server = await OAuth2TestServer.StartAsync(o =>
        {
            o.Clients.Add(new TestClient("id", "secret"));
            o.Clients.Add(new TestClient("other", "secret"));
        });
        _caller = new Caller(_server);
    }

    public async Task DisposeAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Revoke_AccessToken_IsRefusedByTheGateway()
    {
        var token = await _caller.GetTokenAsync();

        var answer = await RevokeAsync($"token={token}&token_type_hint=access_token", _client);

        Assert.Equal((HttpStatusCode.OK, ""), (answer.Status, answer.Body));
        Assert.Equal(HttpStatusCode.Unauthorized, (await _caller.CallAsync(token)).Status);
        Assert.Equal(1, _server.RevocationRequests);
        Assert.Equal("access_token", _server.RecordedRevocationRequests[0].Form["token_type_hint"]);
    }

    [Fact]
    public async Task Revoke_RefreshToken_RevokesItsAccessTokensToo()
    {
        _server.Options.RotateRefreshTokens = true;
        var first = await _caller.TokenAsync("grant_type=password&username=alice&password=alice-password");
        var second = await _caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}");

        await RevokeAsync($"token={second["refresh_token"]}", _client);

        Assert.Equal(HttpStatusCode.Unauthorized, (await _caller.CallAsync(first["access_token"])).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _caller.CallAsync(second["access_token"])).Status);
        Assert.Equal("invalid_grant", (await _caller.TokenAsync($"grant_type=refresh_token&refresh_token={second["refresh_token"]}"))["error"]);
    }

    [Fact]
    public async Task Revoke_AccessToken_LeavesItsRefreshTokenGood()
    {
        var first = await _caller.TokenAsync("grant_type=password&username=alice&password=alice-password");

        await RevokeAsync($"token={first["access_token"]}", _client);

        Assert.Equal(HttpStatusCode.OK, (await _caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}")).Status);
    }

    [Fact]
    public async Task Revoke_UnknownToken_Is200() => Assert.Equal(HttpStatusCode.OK, (await RevokeAsync("token=unknown", _client)).Status);

    [Fact]
    public async Task Revoke_WithoutAuthentication_IsInvalidClientAndRevokesNothing()
    {
        var token = await _caller.GetTokenAsync();

        var answer = await RevokeAsync($"token={token}", null);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client", 1), (answer.Status, answer["error"], _server.LiveTokens));
    }

    [Fact]
    public async Task Revoke_TokenOfAnotherClient_IsRefused()
    {
        var token = await _caller.GetTokenAsync();

        var answer = await RevokeAsync($"token={token}", Caller.Basic("other", "secret"));

        Assert.Equal((HttpStatusCode.BadRequest, "unauthorized_client", 1), (answer.Status, answer["error"], _server.LiveTokens));
    }

    [Theory]
    [InlineData("token_type_hint=access_token")]
    [InlineData("token=")]
    public async Task Revoke_NoToken_IsInvalidRequest(string form) => Assert.Equal("invalid_request", (await RevokeAsync(form, _client))["error"]);

    private Task<Answer> RevokeAsync(string form, AuthenticationHeaderValue? credentials) => _caller.PostAsync(_server.RevocationEndpoint, form, credentials);
}
