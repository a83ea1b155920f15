using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

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
        Assert.Equal(("id", "APPLICATION", 3600), (Claim(token, "sub").GetString(), Claim(token, "aut").GetString(), Claim(token, "exp").GetInt64() - Claim(token, "iat").GetInt64()));
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

        var asked = await _caller.GetTokenAsync("grant_type=password&username=alice&password=pw");
        var issued = _server.IssueToken(username: "alice", configureClaims: claims => claims["env"] = "one");

        foreach (var token in new[] { asked, issued })
        {
            Assert.Equal(("acme", "admin", """["a","b","c"]"""), (Claim(token, "tenant").GetString(), Claim(token, "role").GetString(), Claim(token, "groups").GetRawText()));
            Assert.Equal(JsonValueKind.Undefined, Claim(token, "nbf").ValueKind);
        }

        Assert.Equal(("all", "one"), (Claim(asked, "env").GetString(), Claim(issued, "env").GetString()));
    }

    [Fact]
    public async Task IssueToken_Opaque_OpensTheApi()
    {
        _server.Options.TokenFormat = TokenFormat.Opaque;

        var token = _server.IssueToken(configureClaims: _ => Assert.Fail("An opaque token has no claims."));

        Assert.DoesNotContain('.', token);
        Assert.Equal(HttpStatusCode.OK, (await _caller.CallAsync(token)).Status);
    }

    private static JsonElement Claim(string jwt, string name) =>
        JsonDocument.Parse(WebEncoders.Base64UrlDecode(jwt.Split('.')[1])).RootElement.TryGetProperty(name, out var value) ? value : default;
}
