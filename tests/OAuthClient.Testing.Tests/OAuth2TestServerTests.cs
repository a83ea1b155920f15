using System.Net;

namespace OAuthClient.Testing.Tests;

public class OAuth2TestServerTests
{
    [Fact]
    public async Task StartAsync_NothingConfigured_DefaultClientGetsTokenThatOpensApi()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);

        var token = await caller.TokenAsync(
            "grant_type=client_credentials&scope=orders%3Aread",
            Caller.Basic(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret));
        var call = await caller.CallAsync(token["access_token"], "orders/1?full=true");

        Assert.Equal(HttpStatusCode.OK, token.Status);
        Assert.Equal(HttpStatusCode.OK, call.Status);
        Assert.Equal(
            ("GET", "/api/orders/1", "?full=true", "test-client", "", "orders:read"),
            (call["method"], call["path"], call["query"], call["client_id"], call["user"], call["scope"]));
    }
}
