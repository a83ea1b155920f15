using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing.Tests.DPoP;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

/// <summary>Tokens of each grant that are bound to a key and a certificate (RFC 9449 section 5, RFC 8705 section 3).</summary>
public class BoundTokenTests : ServerTests
{
    private static readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly ECDsa _otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly X509Certificate2 _certificate = TestCertificates.Create("CN=orders");

    private Prover Prover => new(_key, Time);

    protected override void Configure(OAuth2TestServerOptions options)
    {
        string[] grants = [.. AccessTokenTests.Grants.Select(g => (string)g[0])];
        var thumbprint = _certificate.GetCertHashString(HashAlgorithmName.SHA256);
        options.UseHttps = true;
        options.Clients.Add(new TestClient("test-client", "test-secret") { RequireDPoP = true, BindTokensToCertificate = true });
        options.Clients.Add(new TestClient("public", null) { RequireDPoP = true });
        options.Clients.Add(new TestClient("self", null) { CertificateThumbprint = thumbprint, BindTokensToCertificate = true });
        options.Clients.Add(new TestClient("subject", null) { CertificateSubject = "CN=orders" });
        foreach (var client in options.Clients)
            client.GrantTypes.UnionWith(grants);
        options.Agents.Add(new TestAgent("agent", "agent-secret"));
        options.Organizations.Add("acme");
        options.CustomGrants["urn:custom"] = grant => grant.Username = "bob";
    }

    [Theory]
    [InlineData("urn:custom")]
    [InlineData("authorization_code")]
    [InlineData("urn:ietf:params:oauth:grant-type:token-exchange")]
    [InlineData("urn:ietf:params:oauth:grant-type:jwt-bearer")]
    [InlineData("urn:ietf:params:oauth:grant-type:saml2-bearer")]
    [InlineData("urn:ietf:params:oauth:grant-type:device_code")]
    [InlineData("organization_switch")]
    public async Task Token_OfEachGrant_IsBoundToProofAndCertificateAndNotHadWithoutThem(string grantType)
    {
        using var secured = new Caller(Server, _certificate);
        var form = await GrantForms.CreateAsync(grantType, Server, Caller, Server.TokenEndpoint);

        var unproven = await TokenAsync(secured, form, null);
        var overNone = await TokenAsync(Caller, form, Prover);
        Assert.Equal(("invalid_request", "invalid_request"), (unproven["error"], overNone["error"]));
        Assert.Equal(["dpop.missing", "certificate.missing"], Server.FailedChecks);

        var granted = await TokenAsync(secured, form, Prover);
        Assert.Equal((HttpStatusCode.OK, "DPoP"), (granted.Status, granted["token_type"]));
        var token = granted["access_token"]!;
        Assert.Equal(Confirmation(), new JsonWebToken(token).GetPayloadValue<JsonElement>("cnf").GetRawText());

        Server.ResetCounters();
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(secured, token, Prover)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(secured, token, new Prover(_otherKey, Time))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(Caller, token, Prover)).Status);
        Assert.Equal(["dpop.binding", "certificate.binding"], Server.FailedChecks);
    }

    [Theory]
    [InlineData("authorization_code")]
    [InlineData("urn:ietf:params:oauth:grant-type:device_code")]
    public async Task RefreshToken_OfAPublicClient_IsBoundToTheProofOfItsGrant(string grantType)
    {
        var granted = await TokenAsync(Caller, await GrantForms.CreateAsync(grantType, Server, Caller, Server.TokenEndpoint, "public", null), Prover, "public");
        var refresh = $"grant_type=refresh_token&refresh_token={granted["refresh_token"]}";

        var refused = await TokenAsync(Caller, refresh, new Prover(_otherKey, Time), "public");
        Assert.Equal(("invalid_grant", "dpop.binding"), (refused["error"], Assert.Single(Server.FailedChecks)));
        Assert.Equal((HttpStatusCode.OK, "DPoP"), ((await TokenAsync(Caller, refresh, Prover, "public")).Status, granted["token_type"]));
    }

    [Theory]
    [InlineData(TokenFormat.Jwt)]
    [InlineData(TokenFormat.Opaque)]
    public async Task Introspection_BoundToken_ShowsItsTypeAndWhatItIsBoundTo(TokenFormat format)
    {
        using var secured = new Caller(Server, _certificate);
        Server.Options.TokenFormat = format;
        var both = (await TokenAsync(secured, "grant_type=client_credentials", Prover))["access_token"]!;
        var overTls = (await TokenAsync(secured, "grant_type=client_credentials", null, "self"))["access_token"]!;

        Answer[] answers = [await IntrospectAsync(both), await IntrospectAsync(overTls), await IntrospectAsync(Server.IssueToken())];

        Assert.Equal(["DPoP", "Bearer", "Bearer"], answers.Select(a => a["token_type"]));
        Assert.Equal([Confirmation(), $$"""{"x5t#S256":"{{CertificateHash}}"}""", null], answers.Select(a => a["cnf"]));
    }

    [Fact]
    public async Task Introspection_BoundRefreshToken_ShowsWhatItIsBoundTo()
    {
        var refreshToken = (await TokenAsync(Caller, Caller.PasswordGrant, Prover, "public"))["refresh_token"]!;
        Server.Options.Clients[1].ClientSecret = "secret";

        var answer = await Caller.PostAsync(Server.IntrospectionEndpoint, $"token={refreshToken}", Caller.Basic("public", "secret"));

        Assert.Equal(("True", $$"""{"jkt":"{{Prover.Thumbprint}}"}""", null), (answer["active"], answer["cnf"], answer["token_type"]));
    }

    [Theory]
    [InlineData("self")]
    [InlineData("subject")]
    public async Task Introspection_ByACertificate_IsForClientsThatHaveRegisteredIt(string client)
    {
        using var secured = new Caller(Server, _certificate);
        var form = $"client_id={client}&token={Server.IssueToken(username: "alice")}";

        var answer = await secured.PostAsync(Server.IntrospectionEndpoint, form, null);
        Assert.Equal((HttpStatusCode.OK, "True", "alice"), (answer.Status, answer["active"], answer["sub"]));
        Assert.Empty(Server.FailedChecks);

        var refused = await Caller.PostAsync(Server.IntrospectionEndpoint, form, null);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client", "certificate.missing"), (refused.Status, refused["error"], Assert.Single(Server.FailedChecks)));
    }

    private static string CertificateHash => Base64UrlEncoder.Encode(SHA256.HashData(_certificate.RawData));

    private string Confirmation() => $$"""{"jkt":"{{Prover.Thumbprint}}","x5t#S256":"{{CertificateHash}}"}""";

    private Task<Answer> IntrospectAsync(string token) => Caller.PostAsync(Server.IntrospectionEndpoint, $"token={token}", Caller.Basic("test-client", "test-secret"));

    private Task<Answer> TokenAsync(Caller caller, string form, Prover? prover, string? publicClient = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Server.TokenEndpoint)
        {
            Content = new StringContent(publicClient is null ? form : $"{form}&client_id={publicClient}", Encoding.UTF8, "application/x-www-form-urlencoded"),
        };
        if (publicClient is null)
            request.Headers.Authorization = Caller.Basic("test-client", "test-secret");
        if (prover is not null)
            request.Headers.Add("DPoP", prover.Prove("POST", Server.TokenEndpoint));
        return caller.SendAsync(request);
    }

    private Task<Answer> CallAsync(Caller caller, string token, Prover prover)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Server.ApiBaseAddress) { Headers = { Authorization = new AuthenticationHeaderValue("DPoP", token) } };
        request.Headers.Add("DPoP", prover.Prove("GET", Server.ApiBaseAddress, token));
        return caller.SendAsync(request);
    }
}
