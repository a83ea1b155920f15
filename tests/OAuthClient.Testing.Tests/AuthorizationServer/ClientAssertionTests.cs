using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class ClientAssertionTests : ServerTests
{
    private const string Secret = "a secret as long as the longest of the hashes: 64 bytes or more...";
    private const string SecondSecret = "the secret that comes after it and is as long: 64 bytes or more...";
    private const string Platform = "https://kubernetes.example";
    private const string Workload = "system:serviceaccount:shop:orders";
    private const string Spiffe = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";
    private const string JwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private static readonly JsonWebTokenHandler _writer = new() { SetDefaultTimesOnTokenCreation = false };
    private static readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly ECDsa _otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly ECDsa _keyOfAnotherCurve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private static readonly RSA _rsa = RSA.Create(2048);

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("key", null) { PublicKeyPem = _key.ExportSubjectPublicKeyInfoPem(), StrictAssertions = true, AssertionAlgorithm = "ES256" });
        options.Clients.Add(new TestClient("lenient", null) { PublicKeyPem = _key.ExportSubjectPublicKeyInfoPem(), AssertionAlgorithm = "RS256" });
        options.Clients.Add(new TestClient("secret", Secret) { SecondaryClientSecret = SecondSecret, StrictAssertions = true });
        options.Clients.Add(new TestClient("short", "short") { StrictAssertions = true });
        options.Clients.Add(Workloads("workload", JwtBearer));
        options.Clients.Add(Workloads("spiffe", Spiffe));
    }

    [Fact]
    public async Task StrictAssertion_AsTheRfcHasIt_IsAccepted()
    {
        var claims = Claims("key");
        (claims["iat"], claims["nbf"]) = (Seconds(), Seconds());
        claims["exp"] = Seconds(600);

        Assert.Equal(HttpStatusCode.OK, (await TokenAsync(Sign(claims))).Status);
        Assert.Empty(Server.FailedChecks);
    }

    /// <summary>Each row plants one fault in an assertion that is right otherwise.</summary>
    [Theory]
    [InlineData("format", "client_assertion.format")]
    [InlineData("no algorithm", "client_assertion.alg")]
    [InlineData("secret's algorithm", "client_assertion.alg")]
    [InlineData("key of another kind", "client_assertion.alg")]
    [InlineData("another key", "client_assertion.signature")]
    [InlineData("key of another curve", "client_assertion.signature")]
    [InlineData("claims exchanged", "client_assertion.signature")]
    [InlineData("iss", "client_assertion.iss")]
    [InlineData("iss missing", "client_assertion.iss")]
    [InlineData("sub", "client_assertion.sub")]
    [InlineData("sub missing", "client_assertion.sub")]
    [InlineData("aud", "client_assertion.aud")]
    [InlineData("aud missing", "client_assertion.aud")]
    [InlineData("aud is a list", "client_assertion.aud_array")]
    [InlineData("exp missing", "client_assertion.exp")]
    [InlineData("exp is text", "client_assertion.exp")]
    [InlineData("exp past", "client_assertion.exp")]
    [InlineData("exp far", "client_assertion.exp_far")]
    [InlineData("iat is text", "client_assertion.iat")]
    [InlineData("iat to come", "client_assertion.iat")]
    [InlineData("nbf to come", "client_assertion.nbf")]
    [InlineData("jti missing", "client_assertion.jti")]
    [InlineData("jti empty", "client_assertion.jti")]
    public async Task StrictAssertion_FaultPlanted_IsRefusedByItsCheck(string fault, string check)
    {
        var claims = Claims("key");
        var (key, algorithm) = ((SecurityKey)new ECDsaSecurityKey(_key), "ES256");
        switch (fault)
        {
            case "iss" or "sub":
                claims[fault] = "another";
                break;
            case "secret's algorithm":
                (key, algorithm) = (new SymmetricSecurityKey(_key.ExportSubjectPublicKeyInfo()), "HS256");
                break;
            case "key of another kind":
                (key, algorithm) = (new RsaSecurityKey(_rsa), "PS256");
                break;
            case "another key":
                key = new ECDsaSecurityKey(_otherKey);
                break;
            case "key of another curve":
                key = new ECDsaSecurityKey(_keyOfAnotherCurve);
                break;
            case "aud":
                claims["aud"] = "https://another.example";
                break;
            case "aud is a list":
                claims["aud"] = new JsonArray(Server.Issuer.AbsoluteUri);
                break;
            case "exp past":
                claims["exp"] = Seconds();
                break;
            case "exp far":
                claims["exp"] = Seconds(601);
                break;
            case "iat to come" or "nbf to come":
                claims[fault[..3]] = Seconds(61);
                break;
            case "jti empty":
                claims["jti"] = "";
                break;
            case var _ when fault.EndsWith("is text", StringComparison.Ordinal):
                claims[fault[..3]] = "soon";
                break;
            case var _ when fault.EndsWith("missing", StringComparison.Ordinal):
                claims.Remove(fault[..3]);
                break;
        }

        var assertion = fault switch
        {
            "format" => "nonsense",
            "no algorithm" => _writer.CreateToken(claims.ToJsonString()),
            "claims exchanged" => Exchange(Sign(claims), Sign(Claims("key"))),
            _ => Sign(claims, key, algorithm),
        };
        AssertRefused(await TokenAsync(assertion, "&client_id=key"), HttpStatusCode.Unauthorized, "invalid_client", check);
    }

    [Fact]
    public async Task StrictAssertion_IssuerThatIsTheTokenEndpoint_IsTheAudience()
    {
        // Asgardeo's issuer is the address of its token endpoint.
        Assert.Equal(Server.TokenEndpoint, Server.Issuer);
        var acme = Server.AddIssuer("t/acme");
        var (right, wrong) = (Claims("key"), Claims("key"));
        (right["aud"], wrong["aud"]) = (acme.Issuer.AbsoluteUri, acme.TokenEndpoint.AbsoluteUri);

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(acme.TokenEndpoint, Sign(right))).Status);
        AssertRefused(await PostAsync(acme.TokenEndpoint, Sign(wrong)), HttpStatusCode.Unauthorized, "invalid_client", "client_assertion.aud");
    }

    [Theory]
    [InlineData("key")]
    [InlineData("lenient")]
    [InlineData("secret")]
    public async Task Assertion_SentTwice_IsRefusedForItsJti(string client)
    {
        var assertion = client is "secret" ? SignBySecret(Claims(client), Secret) : Sign(Claims(client));

        Assert.Equal(HttpStatusCode.OK, (await TokenAsync(assertion)).Status);
        AssertRefused(await TokenAsync(assertion), HttpStatusCode.Unauthorized, "invalid_client", "client_assertion.jti");
    }

    [Fact]
    public async Task LenientAssertion_WhatStrictOnesAreRefusedFor_IsAccepted()
    {
        var claims = Claims("lenient");
        claims["aud"] = new JsonArray("https://another.example", Server.TokenEndpoint.AbsoluteUri);
        claims["exp"] = Seconds(3600);
        claims["iat"] = Seconds(3600);

        Assert.Equal(HttpStatusCode.OK, (await TokenAsync(Sign(claims))).Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("urn:ietf:params:oauth:client-assertion-type:saml2-bearer")]
    [InlineData(Spiffe)]
    public async Task AssertionType_NotThatOfTheClient_IsInvalidRequest(string? type) =>
        AssertRefused(await TokenAsync(Sign(Claims("key")), type: type), HttpStatusCode.BadRequest, "invalid_request", "client_assertion.type");

    [Fact]
    public async Task Assertion_OfAnotherClientThanTheForm_IsInvalidRequest() =>
        AssertRefused(await TokenAsync(Sign(Claims("key")), "&client_id=lenient"), HttpStatusCode.BadRequest, "invalid_request", "client_assertion.iss");

    [Fact]
    public async Task Assertion_SecretBesideIt_IsMoreThanOneMethod()
    {
        var inForm = await TokenAsync(Sign(Claims("key")), "&client_secret=x");
        AssertRefused(inForm, HttpStatusCode.BadRequest, "invalid_request", "token_request.authentication");

        Server.ResetCounters();
        var inHeader = await Caller.TokenAsync($"grant_type=client_credentials&client_assertion_type={JwtBearer}&client_assertion={Sign(Claims("key"))}", Caller.Basic("key", "x"));
        AssertRefused(inHeader, HttpStatusCode.BadRequest, "invalid_request", "token_request.authentication");
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    public async Task ClientSecretJwt_OfEachAlgorithm_IsAccepted(string algorithm) =>
        Assert.Equal(HttpStatusCode.OK, (await TokenAsync(SignBySecret(Claims("secret"), Secret, algorithm))).Status);

    [Fact]
    public async Task ClientSecretJwt_AnotherSecret_IsRefusedByItsSignature() => AssertRefused(
        await TokenAsync(SignBySecret(Claims("secret"), Secret.ToUpperInvariant())), HttpStatusCode.Unauthorized, "invalid_client", "client_assertion.signature");

    [Fact]
    public async Task ClientSecretJwt_SecretShorterThanTheHash_IsRefusedIfStrict()
    {
        var assertion = SignByHand(Claims("short"), "short");
        AssertRefused(await TokenAsync(assertion), HttpStatusCode.Unauthorized, "invalid_client", "client_assertion.alg");

        Server.ResetCounters();
        Server.Options.Clients[3].SecondaryClientSecret = Secret;
        AssertRefused(await TokenAsync(assertion), HttpStatusCode.Unauthorized, "invalid_client", "client_assertion.signature");

        Server.Options.Clients[3].StrictAssertions = false;
        Assert.Equal(HttpStatusCode.OK, (await TokenAsync(assertion)).Status);
    }

    [Theory]
    [InlineData("private_key_jwt", "client_secret_jwt")]
    [InlineData("client_secret_jwt", "private_key_jwt")]
    public async Task AuthenticationMethods_TheOtherKindOfAssertion_IsRefusedByItsAlgorithm(string registered, string used)
    {
        var client = new TestClient("both", Secret) { PublicKeyPem = _key.ExportSubjectPublicKeyInfoPem(), AuthenticationMethods = { registered } };
        var issuer = Server.AddIssuer("t/acme", client);
        var claims = Claims("both");
        claims["aud"] = issuer.Issuer.AbsoluteUri;

        var answer = await PostAsync(issuer.TokenEndpoint, used is "client_secret_jwt" ? SignBySecret(claims, Secret) : Sign(claims));
        AssertRefused(answer, HttpStatusCode.Unauthorized, "invalid_client", "client_assertion.alg");
        Assert.Contains(used, answer["error_description"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(issuer.TokenEndpoint, used is "client_secret_jwt" ? Sign(claims) : SignBySecret(claims, Secret))).Status);
    }

    [Fact]
    public async Task SecondaryClientSecret_WhereverTheFirstIsTaken_IsTakenToo()
    {
        const string Grant = "grant_type=client_credentials";
        Answer[] answers =
        [
            await Caller.TokenAsync($"{Grant}&client_id=secret&client_secret={Uri.EscapeDataString(SecondSecret)}", null),
            await Caller.TokenAsync($"{Grant}&client_id=secret&client_secret={Uri.EscapeDataString(Secret)}", null),
            await TokenAsync(SignBySecret(Claims("secret"), SecondSecret)),
        ];

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], answers.Select(a => a.Status));
        Server.Options.Clients[2].SecondaryClientSecret = "next";
        Assert.Equal(HttpStatusCode.OK, (await Caller.TokenAsync(Grant, Caller.Basic("secret", "next"))).Status);
        Server.Options.Clients[2].SecondaryClientSecret = null;
        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.TokenAsync(Grant, Caller.Basic("secret", "next"))).Status);
    }

    [Theory]
    [InlineData("workload", JwtBearer)]
    [InlineData("spiffe", Spiffe)]
    public async Task PlatformAssertion_SentUntilItExpires_AuthenticatesTheClientOfTheForm(string client, string type)
    {
        var assertion = Sign(WorkloadClaims(), new RsaSecurityKey(_rsa), "RS256");

        for (var i = 0; i < 2; i++)
        {
            var answer = await TokenAsync(assertion, $"&client_id={client}", type);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal(client, (await Caller.CallAsync(answer["access_token"]))["client_id"]);
        }

        Time.Advance(TimeSpan.FromHours(1));
        AssertRefused(await TokenAsync(assertion, $"&client_id={client}", type), HttpStatusCode.Unauthorized, "invalid_client", "client_assertion.exp");
    }

    [Theory]
    [InlineData("iss", "client_assertion.iss")]
    [InlineData("sub", "client_assertion.sub")]
    [InlineData("aud", "client_assertion.aud")]
    [InlineData("exp", "client_assertion.exp")]
    [InlineData("key", "client_assertion.signature")]
    [InlineData("client_id", "client_assertion.iss")]
    [InlineData("type", "client_assertion.type")]
    public async Task PlatformAssertion_FaultPlanted_IsRefusedByItsCheck(string fault, string check)
    {
        var claims = WorkloadClaims();
        if (claims.ContainsKey(fault))
            claims[fault] = fault is "exp" ? Seconds() : "https://another.example";
        SecurityKey key = fault is "key" ? new ECDsaSecurityKey(_key) : new RsaSecurityKey(_rsa);

        var answer = await TokenAsync(Sign(claims, key, fault is "key" ? "ES256" : "RS256"), fault is "client_id" ? "" : "&client_id=workload", fault is "type" ? Spiffe : JwtBearer);

        if (fault is "type")
            AssertRefused(answer, HttpStatusCode.BadRequest, "invalid_request", check);
        else
            AssertRefused(answer, HttpStatusCode.Unauthorized, "invalid_client", check);
    }

    [Fact]
    public async Task FailedChecks_SeveralRefusals_AreInOrderUntilReset()
    {
        await TokenAsync(Sign(Claims("key")), type: null);
        await TokenAsync("nonsense");
        await Caller.TokenAsync("grant_type=client_credentials", Caller.Basic("secret", "wrong"));
        Assert.Equal(["client_assertion.type", "client_assertion.format"], Server.FailedChecks);

        Server.ResetCounters();
        Assert.Empty(Server.FailedChecks);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("secret")]
    [InlineData("workload")]
    public async Task Introspection_ByAnAssertion_IsForTheClientThatItProves(string client)
    {
        var form = $"&token={Server.IssueToken(username: "alice")}&client_id={client}";

        var answer = await IntrospectAsync();
        Assert.Equal((HttpStatusCode.OK, "True", "alice"), (answer.Status, answer["active"], answer["sub"]));
        Assert.Empty(Server.FailedChecks);
        AssertRefused(await IntrospectAsync(wrong: true), HttpStatusCode.Unauthorized, "invalid_client", "client_assertion.aud");

        Task<Answer> IntrospectAsync(bool wrong = false)
        {
            var claims = client is "workload" ? WorkloadClaims() : Claims(client);
            if (wrong)
                claims["aud"] = "https://other.example";
            var assertion = client switch
            {
                "secret" => SignBySecret(claims, Secret),
                "workload" => Sign(claims, new RsaSecurityKey(_rsa), "RS256"),
                _ => Sign(claims),
            };
            return PostAsync(Server.IntrospectionEndpoint, assertion, form);
        }
    }

    private static TestClient Workloads(string id, string type) => new(id, null)
    {
        AssertionIssuer = Platform,
        AssertionSubject = Workload,
        AssertionIssuerPublicKeyPem = _rsa.ExportSubjectPublicKeyInfoPem(),
        AssertionType = type,
    };

    private static string Sign(JsonObject claims) => Sign(claims, new ECDsaSecurityKey(_key), "ES256");

    private static string Sign(JsonObject claims, SecurityKey key, string algorithm) => _writer.CreateToken(claims.ToJsonString(), new SigningCredentials(key, algorithm));

    private static string SignBySecret(JsonObject claims, string secret, string algorithm = "HS256") =>
        Sign(claims, new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)), algorithm);

    /// <summary>By HS256 with a secret that the library takes for too short.</summary>
    private static string SignByHand(JsonObject claims, string secret)
    {
        var signed = $"{Base64UrlEncoder.Encode("""{"alg":"HS256"}""")}.{Base64UrlEncoder.Encode(claims.ToJsonString())}";
        return $"{signed}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Exchange(string jwt, string other)
    {
        var parts = jwt.Split('.');
        return $"{parts[0]}.{other.Split('.')[1]}.{parts[2]}";
    }

    private long Seconds(int fromNow = 0) => Time.GetUtcNow().ToUnixTimeSeconds() + fromNow;

    private JsonObject Claims(string client) => new()
    {
        ["iss"] = client,
        ["sub"] = client,
        ["aud"] = Server.Issuer.AbsoluteUri,
        ["exp"] = Seconds(60),
        ["jti"] = Guid.NewGuid().ToString(),
    };

    private JsonObject WorkloadClaims() => new()
    {
        ["iss"] = Platform,
        ["sub"] = Workload,
        ["aud"] = new JsonArray(Server.Issuer.AbsoluteUri),
        ["exp"] = Seconds(3600),
        ["jti"] = "one for all",
    };

    private Task<Answer> TokenAsync(string assertion, string more = "", string? type = JwtBearer) => PostAsync(Server.TokenEndpoint, assertion, more, type);

    private Task<Answer> PostAsync(Uri endpoint, string assertion, string more = "", string? type = JwtBearer) => Caller.PostAsync(
        endpoint, $"grant_type=client_credentials&client_assertion={assertion}{(type is null ? "" : $"&client_assertion_type={type}")}{more}", null);

    private void AssertRefused(Answer answer, HttpStatusCode status, string error, string check)
    {
        Assert.Equal((status, error, check), (answer.Status, answer["error"], Assert.Single(Server.FailedChecks)));
        Assert.EndsWith($" ({check}).", answer["error_description"], StringComparison.Ordinal);
    }
}
