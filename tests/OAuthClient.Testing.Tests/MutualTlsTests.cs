using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing.Tests.DPoP;

namespace OAuthClient.Testing.Tests;

public class MutualTlsTests : ServerTests
{
    private const string Grant = "grant_type=client_credentials";
    private const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";
    private const string Name = "orders.acme.example";

    private static readonly X509Certificate2 _authority = TestCertificates.CreateAuthority();
    private static readonly Dictionary<string, X509Certificate2> _certificates = new()
    {
        ["issued"] = TestCertificates.Create("CN=orders, O=Acme", _authority, dnsNames: ["other.example", Name]),
        ["issued to another"] = TestCertificates.Create("CN=orders, O=Another", _authority, dnsNames: ["another.example"]),
        ["issued, RSA"] = TestCertificates.Create("CN=orders, O=Acme", _authority, CertificateKey.Rsa, dnsNames: [Name]),
        ["issued, expired"] = TestCertificates.Create("CN=orders, O=Acme", _authority, notAfter: DateTimeOffset.UnixEpoch.AddYears(50), dnsNames: [Name]),
        ["issued, to come"] = TestCertificates.Create(
            "CN=orders, O=Acme", _authority, notBefore: DateTimeOffset.UnixEpoch.AddYears(1000), notAfter: DateTimeOffset.UnixEpoch.AddYears(1001), dnsNames: [Name]),
        ["self-signed"] = TestCertificates.Create("CN=self"),
        ["self-signed by another"] = TestCertificates.Create("CN=self"),
        ["self-signed, expired"] = TestCertificates.Create("CN=self", notAfter: DateTimeOffset.UnixEpoch.AddYears(50)),
    };

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.UseHttps = true;
        options.CertificateAuthority = _authority;
        options.Clients.Add(new TestClient("subject", null) { CertificateSubject = "CN=orders,O=Acme", BindTokensToCertificate = true });
        options.Clients.Add(new TestClient("name", null) { CertificateSanDns = "Orders.Acme.Example" });
        options.Clients.Add(new TestClient("self", null) { CertificateThumbprint = ThumbprintOf("self-signed") });
        options.Clients.Add(new TestClient("old", null) { CertificateThumbprint = ThumbprintOf("self-signed, expired").ToLowerInvariant() });
        options.Clients.Add(new TestClient("secret", "secret") { BindTokensToCertificate = true });
        options.Clients.Add(new TestClient("public", null) { BindTokensToCertificate = true });
        options.Clients.Add(new TestClient("key", null) { CertificateSubject = "CN=orders,O=Acme", AuthenticationMethods = { "private_key_jwt" } });
    }

    [Theory]
    [InlineData("subject", "issued")]
    [InlineData("subject", "issued, RSA")]
    [InlineData("name", "issued")]
    [InlineData("self", "self-signed")]
    public async Task Certificate_ThatIsRegistered_AuthenticatesTheClient(string client, string certificate)
    {
        Server.Options.Strict = true;

        var answer = await TokenAsync(certificate, client);

        Assert.Equal((HttpStatusCode.OK, "Bearer"), (answer.Status, answer["token_type"]));
        Assert.Equal(client, (await CallAsync(certificate, answer["access_token"]!))["client_id"]);
        Assert.Empty(Server.FailedChecks);
    }

    [Theory]
    [InlineData("subject", null, "certificate.missing")]
    [InlineData("name", null, "certificate.missing")]
    [InlineData("self", null, "certificate.missing")]
    [InlineData("subject", "issued to another", "certificate.registered")]
    [InlineData("subject", "self-signed", "certificate.registered")]
    [InlineData("name", "issued to another", "certificate.registered")]
    [InlineData("name", "self-signed", "certificate.registered")]
    [InlineData("self", "self-signed by another", "certificate.registered")]
    [InlineData("self", "issued", "certificate.registered")]
    [InlineData("subject", "issued, expired", "certificate.expired")]
    [InlineData("name", "issued, to come", "certificate.expired")]
    [InlineData("old", "self-signed, expired", "certificate.expired")]
    [InlineData("secret", "issued, expired", "certificate.expired")]
    public async Task Certificate_MissingOrWrong_IsInvalidClientByItsCheck(string client, string? certificate, string check)
    {
        var answer = await TokenAsync(certificate, client);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client", check), (answer.Status, answer["error"], Assert.Single(Server.FailedChecks)));
        Assert.EndsWith($" ({check}).", answer["error_description"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificateSubjectAndName_BothRegistered_AreBothAskedFor()
    {
        Server.Options.Clients[0].CertificateSanDns = "another.example";

        Assert.Equal(HttpStatusCode.Unauthorized, (await TokenAsync("issued", "subject")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await TokenAsync("issued to another", "subject")).Status);
        Assert.Equal(["certificate.registered", "certificate.registered"], Server.FailedChecks);
    }

    [Fact]
    public async Task AuthenticationMethods_WithoutThatOfTheCertificate_RefuseIt()
    {
        var answer = await TokenAsync("issued", "key");

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
        Assert.Contains("cannot authenticate with none", answer["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("subject", "issued", "issued, RSA")]
    [InlineData("secret", "self-signed", "self-signed by another")]
    [InlineData("public", "self-signed", "self-signed by another")]
    public async Task BindTokensToCertificate_CallOverAnotherCertificateOrNone_IsInvalidTokenByItsBinding(string client, string certificate, string other)
    {
        Server.Options.GatewayErrorFormat = GatewayErrorFormat.Rfc6750;
        var answer = await TokenAsync(certificate, client);
        var token = answer["access_token"]!;

        Assert.Equal(
            Base64UrlEncoder.Encode(SHA256.HashData(_certificates[certificate].RawData)),
            new JsonWebToken(token).GetPayloadValue<JsonElement>("cnf").GetProperty("x5t#S256").GetString());
        Assert.Equal((HttpStatusCode.OK, client), ((await CallAsync(certificate, token)).Status, (await CallAsync(certificate, token))["client_id"]));
        foreach (var wrong in (string?[])[other, null])
        {
            Server.ResetCounters();
            var refused = await CallAsync(wrong, token);
            Assert.Equal((HttpStatusCode.Unauthorized, "invalid_token", "certificate.binding"), (refused.Status, refused["error"], Assert.Single(Server.FailedChecks)));
            Assert.StartsWith("Bearer ", refused.Challenge, StringComparison.Ordinal);
            Assert.EndsWith(" (certificate.binding).", refused["error_description"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("public")]
    public async Task BindTokensToCertificate_NoCertificate_IsInvalidRequest(string client)
    {
        var answer = await TokenAsync(null, client);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", "certificate.missing"), (answer.Status, answer["error"], Assert.Single(Server.FailedChecks)));
    }

    [Fact]
    public async Task Token_OfAClientThatDoesNotBind_IsGoodOverAnyConnection()
    {
        var token = (await TokenAsync("self-signed", "self"))["access_token"]!;

        Assert.False(new JsonWebToken(token).TryGetPayloadValue<JsonElement>("cnf", out _));
        Assert.Equal(HttpStatusCode.OK, (await CallAsync("issued", token)).Status);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(null, token)).Status);
    }

    [Theory]
    [InlineData("public", HttpStatusCode.BadRequest)]
    [InlineData("secret", HttpStatusCode.OK)]
    public async Task Refresh_OverAnotherCertificate_IsInvalidGrantForPublicClientsAlone(string client, HttpStatusCode expected)
    {
        var first = await TokenAsync("self-signed", client, Caller.PasswordGrant);

        var refreshed = await TokenAsync("self-signed by another", client, $"grant_type=refresh_token&refresh_token={first["refresh_token"]}");

        Assert.Equal(expected, refreshed.Status);
        if (expected is HttpStatusCode.OK)
            Assert.Equal(HttpStatusCode.OK, (await CallAsync("self-signed by another", refreshed["access_token"]!)).Status);
        else
            Assert.Equal(("invalid_grant", "certificate.binding"), (refreshed["error"], Assert.Single(Server.FailedChecks)));
        Assert.Equal(HttpStatusCode.OK, (await TokenAsync("self-signed", client, $"grant_type=refresh_token&refresh_token={first["refresh_token"]}")).Status);
    }

    [Fact]
    public async Task Token_OfCertificateAndProof_IsBoundToBoth()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var prover = new Prover(key, Time);
        var token = (await TokenAsync("issued", "subject", proof: prover.Prove("POST", Server.TokenEndpoint)))["access_token"]!;

        Assert.Equal(["jkt", "x5t#S256"], new JsonWebToken(token).GetPayloadValue<JsonElement>("cnf").EnumerateObject().Select(m => m.Name));
        Assert.Equal(HttpStatusCode.OK, (await CallAsync("issued", token, prover.Prove("GET", Server.ApiBaseAddress, token))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(null, token, prover.Prove("GET", Server.ApiBaseAddress, token))).Status);
        Assert.Equal(["certificate.binding"], Server.FailedChecks);
    }

    [Fact]
    public async Task MtlsAliases_Certificate_IsLookedAtThereAlone()
    {
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            (o.UseHttps, o.MtlsAliases) = (true, true);
            o.Clients.Add(new TestClient("subject", null) { CertificateSubject = "CN=orders, O=Acme", BindTokensToCertificate = true, GrantTypes = { DeviceCode } });
        });
        var acme = server.AddIssuer("t/acme");
        using var http = Http(server, "issued");

        foreach (var (issuer, ordinary) in ((Uri, Uri)[])[(server.Issuer, server.TokenEndpoint), (acme.Issuer, acme.TokenEndpoint)])
        {
            server.ResetCounters();
            var metadata = await http.GetFromJsonAsync<JsonElement>($"{issuer}/.well-known/openid-configuration");
            var (token, revocation) = (Alias("token_endpoint"), Alias("revocation_endpoint"));
            var (introspection, device) = (Alias("introspection_endpoint"), Alias("device_authorization_endpoint"));
            var refused = await PostAsync(http, ordinary, $"{Grant}&client_id=subject");
            var granted = await PostAsync(http, token, $"{Grant}&client_id=subject");
            var introspected = await PostAsync(http, introspection, $"client_id=subject&token={granted["access_token"]}");
            var codes = await PostAsync(http, device, "client_id=subject");
            var revoked = await PostAsync(http, revocation, $"client_id=subject&token={granted["access_token"]}");

            Assert.Equal(("/mtls" + ordinary.AbsolutePath, server.BaseAddress.Authority), (token.AbsolutePath, token.Authority));
            Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client", "certificate.missing"), (refused.Status, refused["error"], Assert.Single(server.FailedChecks)));
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (granted.Status, revoked.Status));
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, "True"), (codes.Status, introspected.Status, introspected["active"]));
            Assert.Equal((2, 1, 0), (server.TokenRequests, server.RevocationRequests, server.LiveTokens));
            Assert.Equal((1, 1), (server.IntrospectionRequests, server.DeviceRequests));

            Uri Alias(string name) => new(metadata.GetProperty("mtls_endpoint_aliases").GetProperty(name).GetString()!);
        }
    }

    [Fact]
    public async Task Metadata_OfEachServer_SaysWhatIsThere()
    {
        await using var plain = await OAuth2TestServer.StartAsync();
        using var http = new HttpClient();
        var without = await http.GetFromJsonAsync<JsonElement>($"{plain.Issuer}/.well-known/openid-configuration");
        var with = await Caller.Http.GetFromJsonAsync<JsonElement>($"{Server.Issuer}/.well-known/openid-configuration");

        Assert.True(with.GetProperty("tls_client_certificate_bound_access_tokens").GetBoolean());
        Assert.Equal(
            ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "none"],
            with.GetProperty("token_endpoint_auth_methods_supported").EnumerateArray().Select(m => m.GetString()));
        Assert.False(without.TryGetProperty("tls_client_certificate_bound_access_tokens", out _));
        Assert.False(with.TryGetProperty("mtls_endpoint_aliases", out _));
    }

    [Fact]
    public async Task CertificateAuthority_TrustedByAProgram_MakesTheServerTrusted()
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { _authority },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        using var http = new HttpClient(handler);

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Server.JwksUri)).StatusCode);
        Assert.Equal(_authority.Subject, Server.Certificate!.Issuer);
        await using var other = await OAuth2TestServer.StartAsync(o => o.UseHttps = true);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(other.JwksUri));
    }

    [Theory]
    [InlineData(CertificateKey.ECDsa, CertificateKey.ECDsa)]
    [InlineData(CertificateKey.ECDsa, CertificateKey.Rsa)]
    [InlineData(CertificateKey.Rsa, CertificateKey.ECDsa)]
    [InlineData(CertificateKey.Rsa, CertificateKey.Rsa)]
    public void TestCertificates_OfEachKindOfKey_MakeAValidChainAndPemFiles(CertificateKey ofAuthority, CertificateKey ofClient)
    {
        using var authority = TestCertificates.CreateAuthority("CN=root", ofAuthority);
        using var made = TestCertificates.Create("CN=orders", authority, ofClient, dnsNames: ["a.example"]);
        var key = ofClient is CertificateKey.Rsa ? made.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem() : made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        using var read = X509Certificate2.CreateFromPem(made.ExportCertificatePem(), key);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2"));

        Assert.True(chain.Build(read), string.Concat(chain.ChainStatus.Select(s => s.StatusInformation)));
        Assert.True(read.HasPrivateKey);
        Assert.True(read.MatchesHostname("a.example"));
    }

    [Fact]
    public void TestCertificates_AuthorityWithoutPrivateKey_IsNamed()
    {
        using var bare = X509Certificate2.CreateFromPem(_authority.ExportCertificatePem());

        Assert.Contains("private key", Assert.Throws<ArgumentException>(() => TestCertificates.Create("CN=orders", bare)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_CertificatesWithoutHttpsOrKey_AreNamed()
    {
        using var bare = X509Certificate2.CreateFromPem(_authority.ExportCertificatePem());

        foreach (var set in (Action<OAuth2TestServerOptions>[])
            [
                o => o.MtlsAliases = true,
                o => o.CertificateAuthority = _authority,
                o => o.Clients.Add(new TestClient("id", "secret") { BindTokensToCertificate = true }),
                o => o.Clients.Add(new TestClient("id", null) { CertificateThumbprint = "00" }),
            ])
        {
            Assert.Contains("without UseHttps", (await Assert.ThrowsAsync<ArgumentException>(() => OAuth2TestServer.StartAsync(set))).Message, StringComparison.Ordinal);
        }

        var exception = await Assert.ThrowsAsync<ArgumentException>(() => OAuth2TestServer.StartAsync(o => (o.UseHttps, o.CertificateAuthority) = (true, bare)));
        Assert.Contains("CertificateAuthority has no private key", exception.Message, StringComparison.Ordinal);
    }

    private static string ThumbprintOf(string certificate) => _certificates[certificate].GetCertHashString(HashAlgorithmName.SHA256);

    private static HttpClient Http(OAuth2TestServer server, string? certificate)
    {
        var handler = server.CreateHandler();
        if (certificate is not null)
            handler.SslOptions.ClientCertificates = [_certificates[certificate]];
        return new HttpClient(handler);
    }

    private static async Task<Answer> PostAsync(HttpClient http, Uri endpoint, string form, AuthenticationHeaderValue? credentials = null, string? proof = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"),
            Headers = { Authorization = credentials },
        };
        if (proof is not null)
            request.Headers.Add("DPoP", proof);
        using var response = await http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    private async Task<Answer> TokenAsync(string? certificate, string client, string form = Grant, string? proof = null)
    {
        using var http = Http(Server, certificate);
        return client is "secret"
            ? await PostAsync(http, Server.TokenEndpoint, form, Caller.Basic("secret", "secret"), proof)
            : await PostAsync(http, Server.TokenEndpoint, $"{form}&client_id={client}", null, proof);
    }

    private async Task<Answer> CallAsync(string? certificate, string token, string? proof = null)
    {
        using var http = Http(Server, certificate);
        using var request = new HttpRequestMessage(HttpMethod.Get, Server.ApiBaseAddress) { Headers = { Authorization = new(proof is null ? "Bearer" : "DPoP", token) } };
        if (proof is not null)
            request.Headers.Add("DPoP", proof);
        using var response = await http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }
}
