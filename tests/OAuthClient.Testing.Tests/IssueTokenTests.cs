using System.Net;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;

namespace OAuthClient.Testing.Tests;

public class IssueTokenTests : ServerTests
{
    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret") { Claims = { ["tenant"] = "acme", ["role"] = "service" } });
        options.Clients.Add(new TestClient("other", "secret"));
        options.Users.Add(new TestUser("alice", "pw") { Claims = { ["role"] = "admin", ["groups"] = new JsonArray("a", "b") } });
    }

    [Fact]
    public async Task IssueToken_ForUser_OpensTheApiWithoutATokenRequest()
    {
        var call = await Caller.CallAsync(Server.IssueToken("other", "alice", "read write"));

        Assert.Equal((HttpStatusCode.OK, "other", "alice", "read write"), (call.Status, call["client_id"], call["user"], call["scope"]));
        Assert.Equal((0, 1), (Server.TokenRequests, Server.LiveTokens));
    }

    [Fact]
    public async Task IssueToken_Nothing_IsTheFirstClients()
    {
        var token = Server.IssueToken();

        Assert.Equal("id", (await Caller.CallAsync(token))["client_id"]);
        var jwt = new JsonWebToken(token);
        Assert.Equal(("id", "APPLICATION", TimeSpan.FromHours(1)), (jwt.Subject, jwt.GetPayloadValue<string>("aut"), jwt.ValidTo - jwt.IssuedAt));
    }

    [Fact]
    public async Task IssueToken_Lifetime_IsItsOwn()
    {
        var expired = Server.IssueToken(lifetime: TimeSpan.FromSeconds(-1));
        var brief = Server.IssueToken(lifetime: TimeSpan.FromSeconds(10));

        Assert.Equal("900903", (await Caller.CallAsync(expired))["code"]);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(brief)).Status);
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("900903", (await Caller.CallAsync(brief))["code"]);
    }

    [Fact]
    public void IssueToken_Expired_WasIssuedBeforeItsEnd()
    {
        var jwt = new JsonWebToken(Server.IssueToken(lifetime: TimeSpan.FromMinutes(-5)));

        Assert.True(jwt.ValidFrom <= jwt.ValidTo && jwt.IssuedAt <= jwt.ValidTo, $"{jwt.IssuedAt}, {jwt.ValidFrom} to {jwt.ValidTo}");
    }

    [Fact]
    public async Task IssueToken_Revoked_IsRefused()
    {
        var token = Server.IssueToken();

        Assert.True(Server.RevokeToken(token));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(token)).Status);
    }

    [Fact]
    public async Task IssueToken_SameTokenBehavior_IsNotHandedOutAtTheEndpoint()
    {
        Server.Options.ReissueBehavior = ReissueBehavior.SameToken;

        Assert.NotEqual(Server.IssueToken(), await Caller.GetTokenAsync());
    }

    [Fact]
    public void IssueToken_UnknownClient_IsNamed() =>
        Assert.Contains("'nobody'", Assert.Throws<ArgumentException>(() => Server.IssueToken("nobody")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Claims_OfClientUserOptionsAndCall_TheNarrowerWins()
    {
        Server.Options.ConfigureClaims = claims =>
        {
            claims["groups"]!.AsArray().Add("c");
            claims.Remove("nbf");
            claims["env"] = "all";
        };

        var asked = new JsonWebToken(await Caller.GetTokenAsync("grant_type=password&username=alice&password=pw"));
        var issued = new JsonWebToken(Server.IssueToken(username: "alice", configureClaims: claims => claims["env"] = "one"));

        foreach (var jwt in new[] { asked, issued })
        {
            Assert.Equal(("acme", "admin"), (jwt.GetPayloadValue<string>("tenant"), jwt.GetPayloadValue<string>("role")));
            Assert.Equal(["a", "b", "c"], jwt.GetPayloadValue<string[]>("groups"));
            Assert.False(jwt.TryGetPayloadValue<long>("nbf", out _));
        }

        Assert.Equal(("all", "one"), (asked.GetPayloadValue<string>("env"), issued.GetPayloadValue<string>("env")));
    }

    [Fact]
    public async Task IssueToken_Opaque_OpensTheApi()
    {
        Server.Options.TokenFormat = TokenFormat.Opaque;

        var token = Server.IssueToken(configureClaims: _ => Assert.Fail("An opaque token has no claims."));

        Assert.DoesNotContain('.', token);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(token)).Status);
    }
}
