using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

/// <summary>RFC 7523 section 2.1.</summary>
public class JwtBearerGrantTests : ServerTests
{
    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string Ec = "https://ec.example";
    private const string Rsa = "https://rsa.example";

    private static readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly RSA _rsa = RSA.Create(2048);

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret") { Scopes = { "read", "write" }, GrantTypes = { JwtBearer } });
        options.Clients.Add(new TestClient("front", "secret"));
        options.AssertionIssuers[Ec] = _ec.ExportSubjectPublicKeyInfoPem();
        options.AssertionIssuers[Rsa] = _rsa.ExportSubjectPublicKeyInfoPem();
    }

    [Theory]
    [InlineData(Ec, "ES256", "alice")]
    [InlineData(Rsa, "RS256", "alice")]
    [InlineData(Rsa, "PS384", "stranger")]
    public async Task Assertion_OfATrustedIssuer_IsForItsSubject(string issuer, string algorithm, string subject)
    {
        var answer = await AskAsync(Sign(Claims(c => (c["iss"], c["sub"]) = (issuer, subject)), algorithm), "&scope=write+admin");

        Assert.Equal((HttpStatusCode.OK, "write", null), (answer.Status, answer["scope"], answer["refresh_token"]));
        var call = await Caller.CallAsync(answer["access_token"]);
        Assert.Equal((subject, "id", "APPLICATION_USER"), (call["user"], call["client_id"], new JsonWebToken(answer["access_token"]).GetClaim("aut").Value));
    }

    [Theory]
    [InlineData("\"{0}t/acme\"", HttpStatusCode.OK)]
    [InlineData("\"{0}t/acme/oauth2/token\"", HttpStatusCode.OK)]
    [InlineData("[\"other\",\"{0}t/acme\"]", HttpStatusCode.OK)]
    [InlineData("\"{0}oauth2/token\"", HttpStatusCode.BadRequest)]
    public async Task Assertion_AtAnotherIssuer_IsForThatOneOrItsTokenEndpoint(string audience, HttpStatusCode expected)
    {
        var acme = Server.AddIssuer("t/acme");
        var claims = Claims(c => c["aud"] = JsonNode.Parse(audience.Replace("{0}", Server.BaseAddress.AbsoluteUri, StringComparison.Ordinal)));

        var answer = await Caller.PostAsync(acme.TokenEndpoint, $"grant_type={JwtBearer}&assertion={Sign(claims)}", Caller.Basic("id", "secret"));

        Assert.Equal(expected, answer.Status);
    }

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData(null, "front")]
    public async Task Assertion_LiveTokenOfTheServer_IsForItsSubject(string? username, string subject)
    {
        var acme = Server.AddIssuer("t/acme");

        foreach (var token in new[] { Server.IssueToken("front", username), acme.IssueToken("front", username) })
            Assert.Equal(subject, new JsonWebToken((await AskAsync(token))["access_token"]).Subject);
    }

    [Theory]
    [InlineData(true, "The assertion is revoked")]
    [InlineData(false, "The assertion has expired")]
    public async Task Assertion_DeadTokenOfTheServer_IsInvalidGrant(bool revoked, string description)
    {
        var token = Server.IssueToken(lifetime: TimeSpan.FromMinutes(1));
        if (revoked)
            Server.RevokeToken(token);
        else
            Time.Advance(TimeSpan.FromMinutes(1));

        AssertRefused(await AskAsync(token), "invalid_grant", description);
    }

    [Theory]
    [InlineData("iss", null, "The assertion has no iss")]
    [InlineData("iss", "\"https://else.example\"", "which is not among the AssertionIssuers")]
    [InlineData("iss", "\"" + Rsa + "\"", "not signed with the key of its iss")]
    [InlineData("sub", null, "The assertion has no sub")]
    [InlineData("sub", "\"\"", "The assertion has no sub")]
    [InlineData("aud", null, "The aud of the assertion")]
    [InlineData("aud", "\"https://else.example\"", "The aud of the assertion")]
    [InlineData("exp", null, "no exp that is a number")]
    [InlineData("exp", "\"soon\"", "no exp that is a number")]
    [InlineData("exp", "{now}", "has expired")]
    [InlineData("nbf", "{later}", "nbf")]
    [InlineData("nbf", "\"now\"", "nbf")]
    public async Task Assertion_ClaimIsWrong_IsInvalidGrantThatNamesIt(string claim, string? json, string description)
    {
        var now = Time.GetUtcNow().ToUnixTimeSeconds();
        json = json?.Replace("{now}", $"{now}", StringComparison.Ordinal).Replace("{later}", $"{now + 1}", StringComparison.Ordinal);
        var assertion = Sign(Claims(c =>
        {
            c.Remove(claim);
            if (json is not null)
                c[claim] = JsonNode.Parse(json);
        }));

        var answer = await AskAsync(assertion);

        AssertRefused(answer, "invalid_grant", description);
        Assert.DoesNotContain(assertion, answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "invalid_request", "'assertion' is missing")]
    [InlineData("&assertion=", "invalid_request", "'assertion' is missing")]
    [InlineData("&assertion=x", "invalid_grant", "The assertion is no JWT")]
    [InlineData("&assertion=x.y.z", "invalid_grant", "The assertion is no JWT")]
    public async Task Assertion_NoneOrNoJwt_SaysSo(string form, string error, string description) =>
        AssertRefused(await Caller.TokenAsync($"grant_type={JwtBearer}{form}"), error, description);

    [Fact]
    public async Task Assertion_NotSigned_IsInvalidGrant()
    {
        var parts = Sign(Claims()).Split('.');
        var header = Base64UrlEncoder.Encode(Encoding.ASCII.GetBytes("""{"alg":"none"}"""));

        AssertRefused(await AskAsync($"{header}.{parts[1]}."), "invalid_grant", "not signed");
        AssertRefused(await AskAsync($"{parts[0]}.{Sign(Claims(c => c["sub"] = "bob")).Split('.')[1]}.{parts[2]}"), "invalid_grant", "not signed");
    }

    [Fact]
    public async Task Assertion_OfALockedUser_IsInvalidGrant()
    {
        for (var i = 0; i < 5; i++)
            await Caller.TokenAsync("grant_type=password&username=alice&password=wrong");

        AssertRefused(await AskAsync(Sign(Claims())), "invalid_grant", "locked for user alice");
    }

    [Fact]
    public async Task Assertion_ClientWithoutTheGrant_IsUnauthorizedClient() =>
        AssertRefused(await Caller.TokenAsync($"grant_type={JwtBearer}&assertion={Sign(Claims())}", Caller.Basic("front", "secret")), "unauthorized_client", "jwt-bearer");

    [Theory]
    [InlineData("nonsense")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    public async Task AssertionIssuers_KeyCannotBeRead_ServerDoesNotStart(string pem)
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => OAuth2TestServer.StartAsync(o => o.AssertionIssuers[Ec] = pem));

        Assert.Contains($"AssertionIssuers holds no key for '{Ec}'", exception.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(Answer answer, string error, string description)
    {
        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer["error"]));
        Assert.Contains(description, answer["error_description"], StringComparison.Ordinal);
    }

    private JsonObject Claims(Action<JsonObject>? configure = null)
    {
        var claims = new JsonObject { ["iss"] = Ec, ["sub"] = "alice", ["aud"] = Server.TokenEndpoint.AbsoluteUri, ["exp"] = Time.GetUtcNow().ToUnixTimeSeconds() + 60 };
        configure?.Invoke(claims);
        return claims;
    }

    private static string Sign(JsonObject claims, string algorithm = "ES256") => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
        claims.ToJsonString(), new SigningCredentials(algorithm is "ES256" ? new ECDsaSecurityKey(_ec) : new RsaSecurityKey(_rsa), algorithm));

    private Task<Answer> AskAsync(string assertion, string more = "") => Caller.TokenAsync($"grant_type={JwtBearer}&assertion={assertion}{more}");
}
