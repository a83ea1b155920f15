using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests.DPoP;

public class DPoPTests : ServerTests
{
    private const string Grant = "grant_type=client_credentials";

    private static readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly ECDsa _otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly ECDsa _p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private static readonly ECDsa _p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
    private static readonly RSA _rsa = RSA.Create(2048);

    private Prover Prover => new(_key, Time);

    /// <summary>One fault each in a proof that is right otherwise, and the check that finds it.</summary>
    public static TheoryData<string, string> Faults => new()
    {
        { "two headers", "dpop.multiple" },
        { "two headers in one", "dpop.multiple" },
        { "no JWT", "dpop.format" },
        { "empty", "dpop.format" },
        { "typ JWT", "dpop.typ" },
        { "typ in capitals", "dpop.typ" },
        { "alg none", "dpop.alg" },
        { "alg HS256", "dpop.alg" },
        { "alg ES512", "dpop.alg" },
        { "jwk missing", "dpop.jwk" },
        { "jwk text", "dpop.jwk" },
        { "jwk of RSA", "dpop.jwk" },
        { "jwk of another curve", "dpop.jwk" },
        { "jwk that names another curve", "dpop.jwk" },
        { "jwk that names another kind", "dpop.jwk" },
        { "jwk without a point", "dpop.jwk" },
        { "jwk not on the curve", "dpop.jwk" },
        { "jwk with padding", "dpop.jwk" },
        { "jwk short", "dpop.jwk" },
        { "jwk private", "dpop.jwk_private" },
        { "jwk secret", "dpop.jwk_private" },
        { "jwk of another key", "dpop.signature" },
        { "claims changed", "dpop.signature" },
        { "htm missing", "dpop.htm" },
        { "htm in small letters", "dpop.htm" },
        { "htm PUT", "dpop.htm" },
        { "htu missing", "dpop.htu" },
        { "htu no URI", "dpop.htu" },
        { "htu of another path", "dpop.htu" },
        { "htu of another host", "dpop.htu" },
        { "htu of another port", "dpop.htu" },
        { "htu of another scheme", "dpop.htu" },
        { "htu in other case", "dpop.htu" },
        { "htu with a user", "dpop.htu" },
        { "iat missing", "dpop.iat" },
        { "iat text", "dpop.iat" },
        { "iat past", "dpop.iat" },
        { "iat to come", "dpop.iat" },
        { "jti missing", "dpop.jti" },
        { "jti empty", "dpop.jti" },
    };

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret"));
        options.Clients.Add(new TestClient("bound", "secret") { RequireDPoP = true });
        options.Clients.Add(new TestClient("public", null));
        options.RequiredScopes["/api/admin"] = "admin";
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task TokenRequest_FaultPlanted_IsInvalidProofByItsCheck(string fault, string check)
    {
        var answer = await SendAsync("POST", Server.TokenEndpoint, null, Plant(fault, "POST", Server.TokenEndpoint, null));

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_dpop_proof", check), (answer.Status, answer["error"], Assert.Single(Server.FailedChecks)));
        Assert.EndsWith($" ({check}).", answer["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    [InlineData("missing", "dpop.missing")]
    [InlineData("ath missing", "dpop.ath")]
    [InlineData("ath of another token", "dpop.ath")]
    public async Task Call_FaultPlanted_Is401WithTheChallengeByItsCheck(string fault, string check)
    {
        var token = await GetTokenAsync();
        var uri = new Uri(Server.ApiBaseAddress, "orders/7?page=2");

        var answer = await SendAsync("GET", uri, token, fault is "missing" ? [] : Plant(fault, "GET", uri, token));

        Assert.Equal((HttpStatusCode.Unauthorized, check), (answer.Status, Assert.Single(Server.FailedChecks)));
        Assert.StartsWith("DPoP error=\"invalid_dpop_proof\", error_description=\"", answer.Challenge, StringComparison.Ordinal);
        Assert.EndsWith($" ({check}).\", algs=\"ES256\"", answer.Challenge, StringComparison.Ordinal);
        Assert.EndsWith($" ({check}).", answer["error_description"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenRequest_Proof_BindsTheTokenToItsKey()
    {
        var answer = await SendAsync("POST", Server.TokenEndpoint, null, Prover.Prove("POST", Server.TokenEndpoint));

        Assert.Equal((HttpStatusCode.OK, "DPoP"), (answer.Status, answer["token_type"]));
        Assert.Equal(Prover.Thumbprint, new JsonWebToken(answer["access_token"]).GetPayloadValue<JsonElement>("cnf").GetProperty("jkt").GetString());
        var call = await CallAsync(answer["access_token"]!);
        Assert.Equal((HttpStatusCode.OK, "id"), (call.Status, call["client_id"]));
        Assert.Empty(Server.FailedChecks);
    }

    /// <summary>The example of RFC 7638 section 3.1, whose key is in RFC 7517 appendix A.2 with its private part.</summary>
    [Fact]
    public async Task TokenRequest_KeyOfTheRfcsExample_HasTheThumbprintOfTheRfc()
    {
        static byte[] Bytes(string text) => Base64UrlEncoder.DecodeBytes(text);
        using var key = RSA.Create(new RSAParameters
        {
            Modulus = Bytes("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"),
            Exponent = Bytes("AQAB"),
            D = Bytes("X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q"),
            P = Bytes("83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs"),
            Q = Bytes("3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIrdwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRezsZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk"),
            DP = Bytes("G4sPXkc6Ya9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oimYwxIi2emTAue0UOa5dpgFGyBJ4c8tQ2VF402XRugKDTP8akYhFo5tAA77Qe_NmtuYZc3C3m3I24G2GvR5sSDxUyAN2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0"),
            DQ = Bytes("s9lAH9fggBsoFR8Oac2R_E2gw282rT2kGOAhvIllETE1efrA6huUUvMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8Ibp1BUb0JUiraRNqUfLhcQb_d9GF4Dh7e74WbRsobRonujTYN1xCaP6TO61jvWrX-L18txXw494Q_cgk"),
            InverseQ = Bytes("GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU"),
        });

        var token = await GetTokenAsync(new Prover(new RsaSecurityKey(key), "RS256", Time));

        Assert.Equal("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", new JsonWebToken(token).GetPayloadValue<JsonElement>("cnf").GetProperty("jkt").GetString());
    }

    [Theory]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("RS256")]
    [InlineData("PS256")]
    public async Task Proof_OfEachAlgorithmOfTheMetadata_IsAccepted(string algorithm)
    {
        var prover = new Prover(algorithm switch { "ES256" => new ECDsaSecurityKey(_key), "ES384" => new ECDsaSecurityKey(_p384), _ => new RsaSecurityKey(_rsa) }, algorithm, Time);
        var metadata = await Caller.Http.GetFromJsonAsync<JsonElement>($"{Server.Issuer}/.well-known/openid-configuration");

        var token = await GetTokenAsync(prover);

        Assert.Equal(prover.Thumbprint, new JsonWebToken(token).GetPayloadValue<JsonElement>("cnf").GetProperty("jkt").GetString());
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(token, prover)).Status);
        Assert.Contains(algorithm, metadata.GetProperty("dpop_signing_alg_values_supported").EnumerateArray().Select(a => a.GetString()));
    }

    [Theory]
    [InlineData("iat", -300)]
    [InlineData("iat", 300)]
    [InlineData("htu query", 0)]
    [InlineData("htu case of scheme and host", 0)]
    [InlineData("htu escapes", 0)]
    public async Task Call_ProofSpelledOtherwise_IsAccepted(string what, int seconds)
    {
        var token = await GetTokenAsync();
        var uri = new Uri(Server.BaseAddress, what is "htu escapes" ? "api/a%2fb/c%7Ed?x=1" : "api/orders?x=1");
        var proof = Prover.Prove("GET", uri, token, spoil: (_, claims) =>
        {
            claims["iat"] = Time.GetUtcNow().ToUnixTimeSeconds() + seconds;
            claims["htu"] = what switch
            {
                "htu query" => $"{Server.ApiBaseAddress}orders?y=2#z",
                "htu case of scheme and host" => $"HTTP://127.0.0.1:{uri.Port}/api/orders",
                "htu escapes" => $"{Server.ApiBaseAddress}a%2Fb/c~d",
                _ => claims["htu"]!.GetValue<string>(),
            };
        });

        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", uri, token, proof)).Status);
    }

    [Theory]
    [InlineData("http://api.example:80/oauth2/token")]
    [InlineData("HTTP://API.Example/oauth2/token")]
    public async Task TokenRequest_DefaultPortAndCaseOfTheHost_AreNoDifference(string htu)
    {
        var proof = Prover.Prove("POST", Server.TokenEndpoint, spoil: (_, claims) => claims["htu"] = htu);
        var body = Grant + "&client_id=id&client_secret=secret";

        var answer = await Caller.SendRawAsync(
            $"POST /oauth2/token HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nDPoP: {proof}\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proof_SentTwice_IsRefusedForItsJtiThereAlone()
    {
        var token = await GetTokenAsync();
        var (one, other) = (new Uri(Server.ApiBaseAddress, "one"), new Uri(Server.ApiBaseAddress, "other"));
        var proof = Prover.Prove("GET", one, token, spoil: (_, claims) => claims["jti"] = "same");

        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", one, token, proof)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", other, token, Prover.Prove("GET", other, token, spoil: (_, claims) => claims["jti"] = "same"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("GET", one, token, proof)).Status);
        Assert.Equal(["dpop.jti"], Server.FailedChecks);
    }

    [Fact]
    public async Task RequireDPoP_NoProof_IsInvalidRequest()
    {
        var answer = await Caller.TokenAsync(Grant, Caller.Basic("bound", "secret"));

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", "dpop.missing"), (answer.Status, answer["error"], Assert.Single(Server.FailedChecks)));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("POST", Server.TokenEndpoint, null, [Prover.Prove("POST", Server.TokenEndpoint)], Grant, Caller.Basic("bound", "secret"))).Status);
    }

    [Fact]
    public async Task Call_ProofOfAnotherKey_IsInvalidTokenByItsBinding()
    {
        var token = await GetTokenAsync();

        var answer = await CallAsync(token, new Prover(_otherKey, Time));

        Assert.Equal((HttpStatusCode.Unauthorized, "dpop.binding"), (answer.Status, Assert.Single(Server.FailedChecks)));
        Assert.StartsWith("DPoP error=\"invalid_token\", ", answer.Challenge, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_SchemeOfTheOtherKindOfToken_IsInvalidTokenByItsScheme(bool bound)
    {
        var token = bound ? await GetTokenAsync() : await Caller.GetTokenAsync();

        var answer = bound ? await Caller.CallAsync(token) : await CallAsync(token);

        Assert.Equal((HttpStatusCode.Unauthorized, "dpop.scheme"), (answer.Status, Assert.Single(Server.FailedChecks)));
        Assert.StartsWith("DPoP error=\"invalid_token\", ", answer.Challenge, StringComparison.Ordinal);
        Assert.EndsWith(" (dpop.scheme).", answer["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dpop", false, HttpStatusCode.Unauthorized)]
    [InlineData("dpop", true, HttpStatusCode.OK)]
    [InlineData("DPOP", true, HttpStatusCode.OK)]
    [InlineData("DPoP", false, HttpStatusCode.OK)]
    public async Task Call_SchemeSpelledOtherwise_IsTakenIfStrict(string scheme, bool strict, HttpStatusCode expected)
    {
        Server.Options.Strict = strict;
        var token = await GetTokenAsync();
        var uri = new Uri(Server.ApiBaseAddress, "orders");

        Assert.Equal(expected, (await SendAsync("GET", uri, token, [Prover.Prove("GET", uri, token)], scheme: scheme)).Status);
    }

    [Fact]
    public async Task ConfigureTokenResponse_TokenTypeSpelledOtherwise_IsSentSo()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.ConfigureTokenResponse = response => response["token_type"] = response["token_type"]!.GetValue<string>().ToLowerInvariant());
        using var caller = new Caller(server);
        using var request = new HttpRequestMessage(HttpMethod.Post, server.TokenEndpoint)
        {
            Content = new StringContent(Grant, Encoding.UTF8, "application/x-www-form-urlencoded"),
            Headers = { Authorization = Caller.Basic("test-client", "test-secret") },
        };
        request.Headers.Add("DPoP", new Prover(_key, TimeProvider.System).Prove("POST", server.TokenEndpoint));

        Assert.Equal("dpop", (await caller.SendAsync(request))["token_type"]);
    }

    [Theory]
    [InlineData("unknown", "900901")]
    [InlineData("expired", "900903")]
    public async Task Call_TokenIsNoGood_IsChallengedBySchemeDPoP(string fault, string code)
    {
        var token = await GetTokenAsync();
        if (fault is "expired")
            Time.Advance(TimeSpan.FromHours(1));

        var answer = await CallAsync(fault is "unknown" ? "unknown" : token);

        Assert.Equal((HttpStatusCode.Unauthorized, code), (answer.Status, answer["code"]));
        Assert.StartsWith("DPoP error=\"invalid_token\", ", answer.Challenge, StringComparison.Ordinal);
        Assert.Empty(Server.FailedChecks);
    }

    [Theory]
    [InlineData(GatewayErrorFormat.ChoreoConnect)]
    [InlineData(GatewayErrorFormat.ApiManager)]
    [InlineData(GatewayErrorFormat.ApiManagerXml)]
    [InlineData(GatewayErrorFormat.ApiPlatform)]
    [InlineData(GatewayErrorFormat.Rfc6750)]
    [InlineData(GatewayErrorFormat.ApiManager, true)]
    public async Task Call_ScopeMissingInEachFormat_IsChallengedBySchemeDPoP(GatewayErrorFormat format, bool scopeChallenges = false)
    {
        (Server.Options.GatewayErrorFormat, Server.Options.ScopeChallenges) = (format, scopeChallenges);
        var token = await GetTokenAsync();
        var uri = new Uri(Server.ApiBaseAddress, "admin");

        var answer = await SendAsync("GET", uri, token, Prover.Prove("GET", uri, token));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Matches("^DPoP error=\"insufficient_scope\", error_description=\"[^\"]+\", scope=\"admin\", algs=\"ES256\"$", answer.Challenge);
    }

    [Fact]
    public async Task Rfc6750Format_InvalidProof_HasTheErrorInTheBodyToo()
    {
        Server.Options.GatewayErrorFormat = GatewayErrorFormat.Rfc6750;
        var token = await GetTokenAsync();

        Assert.Equal("invalid_dpop_proof", (await SendAsync("GET", Server.ApiBaseAddress, token, "nonsense"))["error"]);
    }

    [Fact]
    public async Task TokenEndpointNonces_NonceMissingWrongAndRotated_IsAskedForUntilItIsTheCurrentOne()
    {
        Server.Options.TokenEndpointNonces = true;

        var first = await ProveAsync(null);
        AssertAsked(first);
        AssertAsked(await ProveAsync("another"));
        var nonce = Nonce(first);
        var granted = await ProveAsync(nonce);
        Assert.Equal((HttpStatusCode.OK, nonce), (granted.Status, Nonce(granted)));

        Server.RotateNonces();
        var old = await ProveAsync(nonce);
        AssertAsked(old);
        Assert.NotEqual(nonce, Nonce(old));
        Assert.Equal(HttpStatusCode.OK, (await ProveAsync(Nonce(old))).Status);
        Assert.Equal(["dpop.nonce", "dpop.nonce", "dpop.nonce"], Server.FailedChecks);
        Assert.Null(Nonce(await Caller.TokenAsync(Grant, Caller.Basic("id", "secret"))));

        Task<Answer> ProveAsync(string? nonce) => SendAsync("POST", Server.TokenEndpoint, null, Prover.Prove("POST", Server.TokenEndpoint, nonce: nonce));

        static void AssertAsked(Answer answer)
        {
            Assert.Equal((HttpStatusCode.BadRequest, "use_dpop_nonce"), (answer.Status, answer["error"]));
            Assert.NotNull(Nonce(answer));
        }
    }

    [Fact]
    public async Task ApiNonces_NonceMissingWrongAndRotated_IsAskedForUntilItIsTheCurrentOne()
    {
        var token = await GetTokenAsync();
        Server.Options.ApiNonces = true;
        Server.Options.TokenEndpointNonces = true;

        var first = await CallAsync(token);
        AssertAsked(first);
        var ofTheTokenEndpoint = Nonce(await SendAsync("POST", Server.TokenEndpoint, null, Prover.Prove("POST", Server.TokenEndpoint)));
        AssertAsked(await CallAsync(token, nonce: ofTheTokenEndpoint));
        var granted = await CallAsync(token, nonce: Nonce(first));
        Assert.Equal((HttpStatusCode.OK, Nonce(first)), (granted.Status, Nonce(granted)));

        Server.RotateNonces();
        var old = await CallAsync(token, nonce: Nonce(first));
        AssertAsked(old);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(token, nonce: Nonce(old))).Status);

        static void AssertAsked(Answer answer)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
            Assert.Matches("^DPoP error=\"use_dpop_nonce\", error_description=\"[^\"]+\", algs=\"ES256\"$", answer.Challenge);
            Assert.NotNull(Nonce(answer));
        }
    }

    [Fact]
    public async Task Nonces_NotAskedFor_AreNotSent()
    {
        var granted = await SendAsync("POST", Server.TokenEndpoint, null, Prover.Prove("POST", Server.TokenEndpoint, nonce: "any"));
        var call = await CallAsync(granted["access_token"]!);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, null, null), (granted.Status, call.Status, Nonce(granted), Nonce(call)));
    }

    [Theory]
    [InlineData("public", "same", null)]
    [InlineData("public", "other", "dpop.binding")]
    [InlineData("public", "none", "dpop.binding")]
    [InlineData("id", "same", null)]
    [InlineData("id", "other", null)]
    [InlineData("id", "none", null)]
    public async Task Refresh_KeyOfTheProof_IsBoundForPublicClientsAlone(string client, string key, string? check)
    {
        var credentials = client is "id" ? Caller.Basic("id", "secret") : null;
        var form = client is "id" ? "" : "&client_id=public";
        Task<Answer> PostAsync(string grant, params string[] proofs) => SendAsync("POST", Server.TokenEndpoint, null, proofs, grant + form, credentials);
        var first = await PostAsync(Caller.PasswordGrant, Prover.Prove("POST", Server.TokenEndpoint));
        var prover = key is "other" ? new Prover(_otherKey, Time) : Prover;

        var answer = await PostAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}", key is "none" ? [] : [prover.Prove("POST", Server.TokenEndpoint)]);

        if (check is not null)
        {
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant", check), (answer.Status, answer["error"], Assert.Single(Server.FailedChecks)));
            return;
        }

        Assert.Equal((HttpStatusCode.OK, key is "none" ? "Bearer" : "DPoP"), (answer.Status, answer["token_type"]));
        Assert.Equal(HttpStatusCode.OK, (key is "none" ? await Caller.CallAsync(answer["access_token"]) : await CallAsync(answer["access_token"]!, prover)).Status);
    }

    [Fact]
    public async Task SameToken_AnotherKey_GetsATokenOfItsOwn()
    {
        Server.Options.ReissueBehavior = ReissueBehavior.SameToken;

        var first = await GetTokenAsync();
        Assert.Equal(first, await GetTokenAsync());
        var other = await GetTokenAsync(new Prover(_otherKey, Time));

        Assert.NotEqual(first, other);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(other, new Prover(_otherKey, Time))).Status);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(first)).Status);
    }

    private static string? Nonce(Answer answer) => answer.Headers.TryGetValues("DPoP-Nonce", out var values) ? values.Single() : null;

    private string[] Plant(string fault, string method, Uri uri, string? token)
    {
        string Spoil(Action<Dictionary<string, object>, JsonObject> spoil, Prover? prover = null) => (prover ?? Prover).Prove(method, uri, token, spoil: spoil);
        string Claim(string name, JsonNode? value) => Spoil((_, claims) => claims[name] = value);
        string Key(object? value) => Spoil((header, _) => header["jwk"] = value!);
        var (right, key) = (Prover.Prove(method, uri, token), Prover.PublicKey);
        var seconds = Time.GetUtcNow().ToUnixTimeSeconds();
        return fault switch
        {
            "two headers" => [right, Prover.Prove(method, uri, token)],
            "two headers in one" => [$"{right}, {Prover.Prove(method, uri, token)}"],
            "no JWT" => ["nonsense"],
            "empty" => [""],
            "typ JWT" => [Spoil((header, _) => header["typ"] = "JWT")],
            "typ in capitals" => [Spoil((header, _) => header["typ"] = "DPOP+JWT")],
            "alg none" => [Spoil((header, _) => header["jwk"] = key, new Prover(new ECDsaSecurityKey(_key), "none", Time))],
            "alg HS256" => [Spoil((header, _) => header["jwk"] = key, new Prover(new SymmetricSecurityKey(_key.ExportSubjectPublicKeyInfo()), "HS256", Time))],
            "alg ES512" => [Spoil((_, _) => { }, new Prover(new ECDsaSecurityKey(_p521), "ES512", Time))],
            "jwk missing" => [Spoil((header, _) => header.Remove("jwk"))],
            "jwk text" => [Key(JsonSerializer.Serialize(key))],
            "jwk of RSA" => [Key(new Prover(new RsaSecurityKey(_rsa), "RS256", Time).PublicKey)],
            // The library signs by ES256 with it and says nothing.
            "jwk of another curve" => [Spoil((_, _) => { }, new Prover(_p384, Time))],
            "jwk that names another curve" => [Key(With("crv", "P-384"))],
            "jwk that names another kind" => [Key(With("kty", "RSA"))],
            "jwk without a point" => [Key(With("y", null))],
            "jwk not on the curve" => [Key(With("y", key["x"]))],
            "jwk with padding" => [Key(With("x", key["x"] + "="))],
            "jwk short" => [Key(With("x", Base64UrlEncoder.Encode(Base64UrlEncoder.DecodeBytes(key["x"])[1..])))],
            "jwk private" => [Key(With("d", JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(_key)).D))],
            "jwk secret" => [Key(new Dictionary<string, string> { ["kty"] = "oct", ["k"] = "c2VjcmV0" })],
            "jwk of another key" => [Key(new Prover(_otherKey, Time).PublicKey)],
            "claims changed" => [$"{right.Split('.')[0]}.{Prover.Prove(method, uri, token).Split('.')[1]}.{right.Split('.')[2]}"],
            "htm in small letters" => [Claim("htm", method.ToLowerInvariant())],
            "htm PUT" => [Claim("htm", "PUT")],
            "htu no URI" => [Claim("htu", uri.AbsolutePath)],
            "htu of another path" => [Claim("htu", uri.GetLeftPart(UriPartial.Path) + "/")],
            "htu of another host" => [Claim("htu", $"http://localhost:{uri.Port}{uri.AbsolutePath}")],
            "htu of another port" => [Claim("htu", $"http://127.0.0.1{uri.AbsolutePath}")],
            "htu of another scheme" => [Claim("htu", $"https://127.0.0.1:{uri.Port}{uri.AbsolutePath}")],
            "htu in other case" => [Claim("htu", $"http://127.0.0.1:{uri.Port}{uri.AbsolutePath.ToUpperInvariant()}")],
            "htu with a user" => [Claim("htu", $"http://alice@127.0.0.1:{uri.Port}{uri.AbsolutePath}")],
            "iat text" => [Claim("iat", $"{seconds}")],
            "iat past" => [Claim("iat", seconds - 301)],
            "iat to come" => [Claim("iat", seconds + 301)],
            "jti empty" => [Claim("jti", "")],
            "ath of another token" => [Claim("ath", Prover.HashOf("another"))],
            _ => [Spoil((_, claims) => Assert.True(claims.Remove(fault.Split(' ')[0])))],
        };

        Dictionary<string, string> With(string member, string? value)
        {
            var changed = new Dictionary<string, string>(key);
            changed.Remove(member);
            if (value is not null)
                changed[member] = value;
            return changed;
        }
    }

    private async Task<string> GetTokenAsync(Prover? prover = null)
    {
        var answer = await SendAsync("POST", Server.TokenEndpoint, null, (prover ?? Prover).Prove("POST", Server.TokenEndpoint));
        Assert.Equal((HttpStatusCode.OK, "DPoP"), (answer.Status, answer["token_type"]));
        return answer["access_token"]!;
    }

    private Task<Answer> CallAsync(string token, Prover? prover = null, string? nonce = null)
    {
        var uri = new Uri(Server.ApiBaseAddress, "orders");
        return SendAsync("GET", uri, token, (prover ?? Prover).Prove("GET", uri, token, nonce));
    }

    private Task<Answer> SendAsync(string method, Uri uri, string? token, params string[] proofs) =>
        SendAsync(method, uri, token, proofs, Grant, Caller.Basic("id", "secret"));

    /// <summary>Sends a call where there is a token, else a token request; each proof in a header field of its own.</summary>
    private async Task<Answer> SendAsync(
        string method, Uri uri, string? token, string[] proofs, string form = Grant, AuthenticationHeaderValue? credentials = null, string scheme = "DPoP")
    {
        if (proofs.Length > 1)
            return await SendRawAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), uri);
        request.Headers.Authorization = token is null ? credentials : new AuthenticationHeaderValue(scheme, token);
        if (token is null)
            request.Content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        foreach (var proof in proofs)
            Assert.True(request.Headers.TryAddWithoutValidation("DPoP", proof));
        return await Caller.SendAsync(request);

        // HttpClient joins the values of one name.
        async Task<Answer> SendRawAsync()
        {
            var headers = string.Concat(proofs.Select(p => $"DPoP: {p}\r\n"));
            var raw = await Caller.SendRawAsync(
                $"{method} {uri.PathAndQuery} HTTP/1.1\r\nHost: {uri.Authority}\r\nConnection: close\r\nAuthorization: {(token is null ? credentials : $"{scheme} {token}")}\r\n{headers}"
                + $"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {(token is null ? form.Length : 0)}\r\n\r\n{(token is null ? form : "")}");
            var (head, body) = (raw[..raw.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n"), raw[(raw.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
            using var response = new HttpResponseMessage((HttpStatusCode)int.Parse(head[0].Split(' ')[1])) { Content = new StringContent(body) };
            foreach (var field in head[1..])
                response.Headers.TryAddWithoutValidation(field[..field.IndexOf(':', StringComparison.Ordinal)], field[(field.IndexOf(':', StringComparison.Ordinal) + 2)..]);
            return await Answer.ReadAsync(response);
        }
    }
}
