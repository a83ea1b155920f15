using System.Net;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;

namespace OAuthClient.Testing.Tests;

public class IssueTokenTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private OAuth2TestServer _server = null!;
    private Caller _caller = null!;

    public async Task InitializeAsync()
    {
        _server = await OAuth2TestServer.StartAsync(o =>
        {
            o.TimeProvider = _time;
            o.Clients.Add(new TestClient("id", "secret") { Claims = { ["tenant"] = "acme", ["role"] = "service" } });
            o.Clients.Add(new TestClient("other", "secret"));
            o.Users.Add(new TestUser("alice", "pw") { Claims = { ["role"] = "admin", ["groups"] = new JsonArray("a", "b") } });
        });
        _caller = new Caller(_server);
    }

    public async Task DisposeAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task IssueToken_ForUser_OpensTheApiWithoutATokenRequest()
    {
        var call = await _caller.CallAsync(_server.IssueToken("other", "alice", "read write"));

        Assert.Equal((HttpStatusCode.OK, "other", "alice", "read write"), (call.Status, call["client_id"], call["user"], call["scope"]));
        Assert.Equal((0, 1), (_server.TokenRequests, _server.LiveTokens));
    }

    [Fact]
    public async Task IssueToken_Nothing_IsTheFirstClients()
    {
        var token = _server.IssueToken();

        Assert.Equal("id", (await _caller.CallAsync(token))["client_id"]);
        var jwt = new JsonWebToken(token);
        Assert.Equal(("id", "APPLICATION", TimeSpan.FromHours(1)), (jwt.Subject, jwt.GetPayloadValue<string>("aut"), jwt.ValidTo - jwt.IssuedAt));
    }

    [Fact]
    public async Task IssueToken_Lifetime_IsItsOwn()
    {
        var expired = _server.IssueToken(lifetime: TimeSpan.FromSeconds(-1));
        var brief = _server.IssueToken(lifetime: TimeSpan.FromSeconds(10));

        Assert.Equal("900903", (await _caller.CallAsync(expired))["code"]);
        Assert.Equal(HttpStatusCode.OK, (await _caller.CallAsync(brief)).Status);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("900903", (await _caller.CallAsync(brief))["code"]);
    }

    [Fact]
    public async Task IssueToken_Revoked_IsRefused()
    {
        var token = _server.IssueToken();

        Assert.True(_server.RevokeToken(token));
        Assert.Equal(HttpStatusCode.Unauthorized, (await _caller.CallAsync(token)).Status);
    }

    [Fact]
    public async Task IssueToken_SameTokenBehavior_IsNotHandedOutAtTheEndpoint()
    {
        _server.Options.ReissueBehavior = ReissueBehavior.SameToken;

        Assert.NotEqual(_server.IssueToken(), await _caller.GetTokenAsync());
    }

    [Fact]
    public void IssueToken_UnknownClient_IsNamed() =>
        Assert.Contains("'nobody'", Assert.Throws<ArgumentException>(() => _server.IssueToken("nobody")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Claims_OfClientUserOptionsAndCall_TheNarrowerWins()
    {
        _server.Options.ConfigureClaims = claims =>
        {
            claims["groups"]!.AsArray().Add("c");
            claims.Remove("nbf");
            claims["env"] = "all";
        };

        var asked = new JsonWebToken(await _caller.GetTokenAsync("grant_type=password&username=alice&password=pw"));
        var issued = new JsonWebToken(_server.IssueToken(username: "alice", configureClaims: claims => claims["env"] = "one"));

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
        _server.Options.TokenFormat = TokenFormat.Opaque;

        var token = _server.IssueToken(configureClaims: _ => Assert.Fail("An opaque token has no claims."));

        Assert.DoesNotContain('.', token);
        Assert.Equal(HttpStatusCode.OK, (await _caller.CallAsync(token)).Status);
    }
}
