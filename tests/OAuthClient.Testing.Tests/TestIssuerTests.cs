using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests;

public class TestIssuerTests : ServerTests
{
    private static readonly System.Net.Http.Headers.AuthenticationHeaderValue _default = Caller.Basic(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);

    private TestIssuer _acme = null!;
    private TestIssuer _other = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _acme = Server.AddIssuer("t/acme");
        _other = Server.AddIssuer("/t/other/");
    }

    [Fact]
    public void AddIssuer_Uris_AreBelowItsPath()
    {
        var root = Server.BaseAddress.AbsoluteUri;

        Assert.Equal(
            [
                $"{root}t/acme", $"{root}t/acme/oauth2/token", $"{root}t/acme/oauth2/revoke", $"{root}t/acme/oauth2/introspect",
                $"{root}t/acme/oauth2/device_authorize", $"{root}t/acme/oauth2/authorize", $"{root}t/acme/oauth2/authn", $"{root}t/acme/oauth2/jwks", $"{root}t/other",
            ],
            new[]
            {
                _acme.Issuer, _acme.TokenEndpoint, _acme.RevocationEndpoint, _acme.IntrospectionEndpoint,
                _acme.DeviceAuthorizationEndpoint, _acme.AuthorizationEndpoint, _acme.AuthenticationEndpoint, _acme.JwksUri, _other.Issuer,
            }.Select(u => u.AbsoluteUri));
    }

    [Theory]
    [InlineData("/t/acme/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server/t/acme")]
    public async Task Metadata_OfAnIssuer_NamesItsOwnEndpoints(string path)
    {
        var metadata = await Caller.Http.GetFromJsonAsync<JsonElement>(new Uri(Server.BaseAddress, path));

        string? Text(string name) => metadata.GetProperty(name).GetString();
        Assert.Equal(
            (_acme.Issuer.AbsoluteUri, _acme.TokenEndpoint.AbsoluteUri, _acme.RevocationEndpoint.AbsoluteUri, _acme.JwksUri.AbsoluteUri),
            (Text("issuer"), Text("token_endpoint"), Text("revocation_endpoint"), Text("jwks_uri")));
        Assert.Equal(1, Server.DiscoveryRequests);
    }

    [Fact]
    public async Task Tokens_OfEveryIssuer_OpenTheApi()
    {
        foreach (var token in new[] { Server.IssueToken(), _acme.IssueToken(username: "alice", scope: "read"), _other.IssueToken() })
            Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(token)).Status);

        Assert.Equal(3, Server.LiveTokens);
    }

    [Fact]
    public async Task RefreshToken_AtAnotherIssuer_IsUnknownThere()
    {
        var form = $"grant_type=refresh_token&refresh_token={(await Caller.PostAsync(_acme.TokenEndpoint, Caller.PasswordGrant, _default))["refresh_token"]}";

        Assert.Equal("invalid_grant", (await Caller.PostAsync(_other.TokenEndpoint, form, _default))["error"]);
        Assert.Equal("invalid_grant", (await Caller.TokenAsync(form))["error"]);
        Assert.Equal(HttpStatusCode.OK, (await Caller.PostAsync(_acme.TokenEndpoint, form, _default)).Status);
    }

    [Theory]
    [InlineData("access_token")]
    [InlineData("refresh_token")]
    public async Task Revocation_AtAnotherIssuer_Is200AndRevokesNothing(string kind)
    {
        var token = await Caller.PostAsync(_acme.TokenEndpoint, Caller.PasswordGrant, _default);

        var elsewhere = await Caller.PostAsync(_other.RevocationEndpoint, $"token={token[kind]}", _default);
        Assert.Equal((HttpStatusCode.OK, 1), (elsewhere.Status, Server.LiveTokens));
        await Caller.PostAsync(_acme.RevocationEndpoint, $"token={token[kind]}", _default);

        Assert.Equal(0, Server.LiveTokens);
    }

    [Theory]
    [InlineData(ReissueBehavior.SameToken)]
    [InlineData(ReissueBehavior.RevokePrevious)]
    public async Task Reissue_AtAnotherIssuer_IsTheFirst(ReissueBehavior behavior)
    {
        Server.Options.ReissueBehavior = behavior;

        var one = await Caller.PostAsync(_acme.TokenEndpoint, "grant_type=client_credentials", _default);
        var two = await Caller.PostAsync(_other.TokenEndpoint, "grant_type=client_credentials", _default);

        Assert.NotEqual(one["access_token"], two["access_token"]);
        Assert.Equal(2, Server.LiveTokens);
    }

    [Fact]
    public async Task Clients_OfItsOwn_AreKnownThereAlone()
    {
        var issuer = Server.AddIssuer("own", new TestClient("own-client", "own-secret"), new TestClient("second", null));
        var own = Caller.Basic("own-client", "own-secret");

        Assert.Equal(HttpStatusCode.OK, (await Caller.PostAsync(issuer.TokenEndpoint, "grant_type=client_credentials", own)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.PostAsync(issuer.TokenEndpoint, "grant_type=client_credentials", _default)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.TokenAsync("grant_type=client_credentials", own)).Status);
        Assert.Equal("own-client", (await Caller.CallAsync(issuer.IssueToken()))["client_id"]);
        Assert.Contains("'test-client'", Assert.Throws<ArgumentException>(() => issuer.IssueToken("test-client")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Assertion_ForAnotherIssuer_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuer = Server.AddIssuer("jwt", new TestClient("ec", null) { PublicKeyPem = key.ExportSubjectPublicKeyInfoPem() });

        Task<Answer> AskAsync(Uri audience)
        {
            var claims = new JsonObject { ["iss"] = "ec", ["sub"] = "ec", ["aud"] = audience.AbsoluteUri, ["exp"] = Time.GetUtcNow().ToUnixTimeSeconds() + 60, ["jti"] = audience.AbsolutePath };
            var assertion = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(claims.ToJsonString(), new SigningCredentials(new ECDsaSecurityKey(key), "ES256"));
            return Caller.PostAsync(issuer.TokenEndpoint, $"grant_type=client_credentials&client_assertion_type={Uri.EscapeDataString("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")}&client_assertion={assertion}", null);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(Server.TokenEndpoint)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(_acme.Issuer)).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(issuer.Issuer)).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(issuer.TokenEndpoint)).Status);
    }

    [Fact]
    public async Task Faults_OfOneIssuer_DoNotReachTheOthers()
    {
        _acme.TokenEndpointBehavior.FailUntilCleared(503);
        _acme.RevocationEndpointBehavior.FailUntilCleared(503);
        _acme.DiscoveryBehavior.FailUntilCleared(503);

        async Task<HttpStatusCode[]> AskAsync(TestIssuer issuer) =>
        [
            (await Caller.PostAsync(issuer.TokenEndpoint, "grant_type=client_credentials", _default)).Status,
            (await Caller.PostAsync(issuer.RevocationEndpoint, "token=unknown", _default)).Status,
            (await Caller.Http.GetAsync($"{issuer.Issuer}/.well-known/openid-configuration")).StatusCode,
        ];

        Assert.All(await AskAsync(_acme), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
        Assert.All(await AskAsync(_other), status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(HttpStatusCode.OK, (await Caller.TokenAsync("grant_type=client_credentials")).Status);
    }

    [Fact]
    public async Task Requests_OfAllIssuers_AreCountedAndRecordedByTheServer()
    {
        await Caller.GetTokenAsync();
        await Caller.PostAsync(_acme.TokenEndpoint, "grant_type=client_credentials", _default);
        await Server.WaitForCompletedTokenRequestsAsync(2);

        Assert.Equal(2, Server.TokenRequests);
        Assert.Equal(["/oauth2/token", "/t/acme/oauth2/token"], Server.RecordedTokenRequests.Select(r => r.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("api")]
    [InlineData("API/acme")]
    [InlineData("t//acme")]
    [InlineData("t/../acme")]
    [InlineData("t/new?x=1")]
    [InlineData("caf\u00e9")]
    [InlineData("t/acme")]
    [InlineData("oauth2/token")]
    public void AddIssuer_PathThatCannotBeServed_IsRefused(string path) =>
        Assert.Equal("path", Assert.Throws<ArgumentException>(() => Server.AddIssuer(path)).ParamName);

    [Fact]
    public async Task AddIssuer_ServerDisposed_Throws()
    {
        await Server.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => Server.AddIssuer("late"));
    }

    [Fact]
    public async Task Https_IssuerAdded_SpeaksItToo()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.UseHttps = true);
        using var caller = new Caller(server);
        var issuer = server.AddIssuer("t/acme");

        Assert.StartsWith("https://127.0.0.1:", issuer.Issuer.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await caller.PostAsync(issuer.TokenEndpoint, "grant_type=client_credentials", _default)).Status);
    }
}
