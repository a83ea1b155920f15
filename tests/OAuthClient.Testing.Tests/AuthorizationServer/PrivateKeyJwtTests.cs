using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class PrivateKeyJwtTests : ServerTests
{
    private static readonly JsonWebTokenHandler _writer = new() { SetDefaultTimesOnTokenCreation = false };
    private static readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly RSA _rsa = RSA.Create(2048);

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("ec", null) { PublicKeyPem = _ec.ExportSubjectPublicKeyInfoPem() });
        options.Clients.Add(new TestClient("rsa", null) { PublicKeyPem = _rsa.ExportSubjectPublicKeyInfoPem() });
    }

    [Theory]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    public async Task Assertion_OfEachAlgorithm_IsAcceptedByTheKeyThatIsForIt(string algorithm)
    {
        using var ec = ECDsa.Create(algorithm switch { "ES384" => ECCurve.NamedCurves.nistP384, "ES512" => ECCurve.NamedCurves.nistP521, _ => ECCurve.NamedCurves.nistP256 });
        SecurityKey key = algorithm[0] is 'E' ? new ECDsaSecurityKey(ec) : new RsaSecurityKey(_rsa);
        Server.Options.Clients[0].PublicKeyPem = algorithm[0] is 'E' ? ec.ExportSubjectPublicKeyInfoPem() : _rsa.ExportSubjectPublicKeyInfoPem();

        var answer = await TokenAsync(Sign(Claims("ec"), key, algorithm));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("ec", (await Caller.CallAsync(answer["access_token"]))["client_id"]);
    }

    [Fact]
    public async Task Assertion_AudienceList_IsAcceptedIfTheEndpointIsOnIt()
    {
        var claims = Claims("ec");
        claims["aud"] = new JsonArray("https://other.example", Server.TokenEndpoint.AbsoluteUri);

        Assert.Equal(HttpStatusCode.OK, (await TokenAsync(Sign(claims))).Status);
    }

    [Fact]
    public async Task Assertion_SentTwice_IsRefusedForItsJti()
    {
        var assertion = Sign(Claims("ec"));

        var first = await TokenAsync(assertion);
        var second = await TokenAsync(assertion);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (first.Status, second.Status));
        Assert.Contains("jti", second["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sub", "rsa", "sub")]
    [InlineData("aud", "https://other.example", "aud")]
    [InlineData("exp", 1, "expired")]
    [InlineData("exp", null, "exp")]
    [InlineData("exp", "soon", "exp")]
    [InlineData("nbf", "soon", "nbf")]
    [InlineData("jti", null, "jti")]
    public async Task Assertion_ClaimWrong_IsInvalidClientThatNamesIt(string claim, object? value, string named)
    {
        var claims = Claims("ec");
        claims[claim] = value switch
        {
            string text => text,
            int number => number,
            _ => null,
        };

        var answer = await TokenAsync(Sign(claims));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
        Assert.Contains(named, answer["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nbf", 60, HttpStatusCode.Unauthorized)]
    [InlineData("nbf", 0, HttpStatusCode.OK)]
    [InlineData("exp", 0.5, HttpStatusCode.OK)]
    [InlineData("exp", -0.5, HttpStatusCode.Unauthorized)]
    [InlineData("exp", 1e300, HttpStatusCode.OK)]
    public async Task Assertion_SecondsFromNow_AreHeededWithTheirFraction(string claim, double seconds, HttpStatusCode expected)
    {
        var claims = Claims("ec");
        claims[claim] = Time.GetUtcNow().ToUnixTimeSeconds() + seconds;

        Assert.Equal(expected, (await TokenAsync(Sign(claims))).Status);
    }

    /// <summary>The library signs with a key of any curve by whichever algorithm it is told.</summary>
    [Theory]
    [InlineData("ES256")]
    [InlineData("ES512")]
    public async Task Assertion_AlgorithmOfAnotherCurve_IsInvalidClient(string algorithm)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Server.Options.Clients[0].PublicKeyPem = key.ExportSubjectPublicKeyInfoPem();

        await AssertNotSignedAsync(Sign(Claims("ec"), new ECDsaSecurityKey(key), algorithm));
    }

    [Fact]
    public async Task Assertion_OfAnotherKey_IsInvalidClient()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        await AssertNotSignedAsync(Sign(Claims("ec"), new ECDsaSecurityKey(other), "ES256"));
        await AssertNotSignedAsync(Sign(Claims("ec"), new RsaSecurityKey(_rsa), "RS256"));
    }

    [Fact]
    public async Task Assertion_WithoutSignature_IsInvalidClient() => await AssertRefusedAsync(_writer.CreateToken(Claims("ec").ToJsonString()), "client_assertion.alg");

    /// <summary>Whoever took the algorithm from the header and the key as it comes would take the public key for a secret.</summary>
    [Theory]
    [InlineData("ec", true)]
    [InlineData("ec", false)]
    [InlineData("rsa", true)]
    [InlineData("rsa", false)]
    public async Task Assertion_SignedWithThePublicKeyAsASecret_IsInvalidClient(string client, bool asText)
    {
        var pem = Server.Options.Clients.Single(c => c.ClientId == client).PublicKeyPem!;
        AsymmetricAlgorithm key = client is "ec" ? _ec : _rsa;
        var secret = new SymmetricSecurityKey(asText ? Encoding.ASCII.GetBytes(pem) : key.ExportSubjectPublicKeyInfo());

        await AssertRefusedAsync(Sign(Claims(client), secret, "HS256"), "client_assertion.alg");
    }

    [Fact]
    public async Task Assertion_ClaimsExchanged_IsInvalidClient()
    {
        var (one, other) = (Sign(Claims("ec")).Split('.'), Sign(Claims("ec")).Split('.'));

        await AssertNotSignedAsync($"{one[0]}.{other[1]}.{one[2]}");
    }

    [Fact]
    public async Task Assertion_NoJwt_IsInvalidClient() => Assert.Equal(HttpStatusCode.Unauthorized, (await TokenAsync("nonsense")).Status);

    [Theory]
    [InlineData("iss")]
    [InlineData("sub")]
    [InlineData("aud")]
    [InlineData("jti")]
    public async Task Assertion_ClaimIsHalfASurrogatePair_IsInvalidClient(string claim)
    {
        var claims = Claims("ec");
        claims[claim] = "broken";

        var answer = await TokenAsync(Sign(claims, half: true));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
    }

    [Fact]
    public async Task Assertion_WithoutItsType_IsInvalidRequest()
    {
        var answer = await Caller.TokenAsync($"grant_type=client_credentials&client_assertion={Sign(Claims("ec"))}", null);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer["error"]));
    }

    [Fact]
    public async Task Assertion_AnotherClientIdBesideIt_IsInvalidRequest()
    {
        var answer = await TokenAsync(Sign(Claims("ec")) + "&client_id=rsa");

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer["error"]));
    }

    private Task<Answer> TokenAsync(string assertion) => Caller.TokenAsync(
        $"grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}",
        null);

    private JsonObject Claims(string client) => new()
    {
        ["iss"] = client,
        ["sub"] = client,
        ["aud"] = Server.TokenEndpoint.AbsoluteUri,
        ["exp"] = Time.GetUtcNow().AddMinutes(1).ToUnixTimeSeconds(),
        ["jti"] = Guid.NewGuid().ToString(),
    };

    private Task AssertNotSignedAsync(string assertion) => AssertRefusedAsync(assertion, "client_assertion.signature");

    private async Task AssertRefusedAsync(string assertion, string check)
    {
        var answer = await TokenAsync(assertion);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
        Assert.EndsWith($" ({check}).", answer["error_description"], StringComparison.Ordinal);
    }

    private static string Sign(JsonObject claims, bool half = false) =>
        Sign(claims, new ECDsaSecurityKey(_ec), "ES256", half);

    private static string Sign(JsonObject claims, SecurityKey key, string algorithm, bool half = false)
    {
        var json = half ? claims.ToJsonString().Replace("broken", "\\ud800", StringComparison.Ordinal) : claims.ToJsonString();
        return _writer.CreateToken(json, new SigningCredentials(key, algorithm));
    }
}
