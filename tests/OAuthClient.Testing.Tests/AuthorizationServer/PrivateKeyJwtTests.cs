using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class PrivateKeyJwtTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA _rsa = RSA.Create(2048);
    private OAuth2TestServer _server = null!;
    private Caller _caller = null!;

    public async Task InitializeAsync()
    {
        _server = await OAuth2TestServer.StartAsync(o =>
        {
            o.TimeProvider = _time;
            o.Clients.Add(new TestClient("ec", null) { PublicKeyPem = _ec.ExportSubjectPublicKeyInfoPem() });
            o.Clients.Add(new TestClient("rsa", null) { PublicKeyPem = _rsa.ExportSubjectPublicKeyInfoPem() });
        });
        _caller = new Caller(_server);
    }

    public async Task DisposeAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
        _ec.Dispose();
        _rsa.Dispose();
    }

    [Theory]
    [InlineData("ec", "ES256")]
    [InlineData("rsa", "RS256")]
    [InlineData("rsa", "PS256")]
    public async Task Assertion_SignedWithTheClientsKey_IsAccepted(string client, string algorithm)
    {
        var answer = await TokenAsync(Sign(algorithm, Claims(client)));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task Assertion_AudienceList_IsAcceptedIfTheEndpointIsOnIt()
    {
        var claims = Claims("ec");
        claims["aud"] = new JsonArray("https://other.example", _server.TokenEndpoint.AbsoluteUri);

        Assert.Equal(HttpStatusCode.OK, (await TokenAsync(Sign("ES256", claims))).Status);
    }

    [Fact]
    public async Task Assertion_SentTwice_IsRefusedForItsJti()
    {
        var assertion = Sign("ES256", Claims("ec"));

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

        var answer = await TokenAsync(Sign("ES256", claims));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
        Assert.Contains(named, answer["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60, HttpStatusCode.Unauthorized)]
    [InlineData(0, HttpStatusCode.OK)]
    public async Task Assertion_NotBefore_IsHeeded(int seconds, HttpStatusCode expected)
    {
        var claims = Claims("ec");
        claims["nbf"] = _time.GetUtcNow().ToUnixTimeSeconds() + seconds;

        Assert.Equal(expected, (await TokenAsync(Sign("ES256", claims))).Status);
    }

    [Theory]
    [InlineData("nbf", "soon")]
    [InlineData("exp", "soon")]
    public async Task Assertion_TimeIsNoNumber_IsInvalidClientThatNamesIt(string claim, string value)
    {
        var claims = Claims("ec");
        claims[claim] = value;

        var answer = await TokenAsync(Sign("ES256", claims));

        Assert.Equal("invalid_client", answer["error"]);
        Assert.Contains(claim, answer["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5, HttpStatusCode.OK)]
    [InlineData(-0.5, HttpStatusCode.Unauthorized)]
    [InlineData(1e300, HttpStatusCode.OK)]
    public async Task Assertion_ExpiryWithAFraction_IsTakenAsItIs(double seconds, HttpStatusCode expected)
    {
        var claims = Claims("ec");
        claims["exp"] = _time.GetUtcNow().ToUnixTimeSeconds() + seconds;

        Assert.Equal(expected, (await TokenAsync(Sign("ES256", claims))).Status);
    }

    [Theory]
    [InlineData("ES256", HttpStatusCode.Unauthorized)]
    [InlineData("ES384", HttpStatusCode.OK)]
    [InlineData("ES512", HttpStatusCode.Unauthorized)]
    public async Task Assertion_AlgorithmOfAnotherCurve_IsInvalidClient(string algorithm, HttpStatusCode expected)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        _server.Options.Clients[0].PublicKeyPem = key.ExportSubjectPublicKeyInfoPem();
        var hash = new HashAlgorithmName($"SHA{algorithm[2..]}");

        Assert.Equal(expected, (await TokenAsync(Sign(algorithm, Claims("ec"), data => key.SignData(data, hash)))).Status);
    }

    [Fact]
    public async Task Assertion_OfAnotherKey_IsInvalidClient()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var assertion = Sign("ES256", Claims("ec"), data => other.SignData(data, HashAlgorithmName.SHA256));

        var answer = await TokenAsync(assertion);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("RS256", "AAAA")]
    public async Task Assertion_AlgorithmNotOfTheKey_IsInvalidClient(string algorithm, string signature)
    {
        var answer = await TokenAsync(Sign(algorithm, Claims("ec"), _ => WebEncoders.Base64UrlDecode(signature)));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
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

        var answer = await TokenAsync(Sign("ES256", claims, half: true));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
    }

    [Fact]
    public async Task Assertion_WithoutItsType_IsInvalidRequest()
    {
        var answer = await _caller.TokenAsync($"grant_type=client_credentials&client_assertion={Sign("ES256", Claims("ec"))}", null);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer["error"]));
    }

    [Fact]
    public async Task Assertion_AnotherClientIdBesideIt_IsInvalidRequest()
    {
        var answer = await TokenAsync(Sign("ES256", Claims("ec")) + "&client_id=rsa");

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer["error"]));
    }

    private Task<Answer> TokenAsync(string assertion) => _caller.TokenAsync(
        $"grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}",
        null);

    private JsonObject Claims(string client) => new()
    {
        ["iss"] = client,
        ["sub"] = client,
        ["aud"] = _server.TokenEndpoint.AbsoluteUri,
        ["exp"] = _time.GetUtcNow().AddMinutes(1).ToUnixTimeSeconds(),
        ["jti"] = Guid.NewGuid().ToString(),
    };

    private string Sign(string algorithm, JsonObject claims, Func<byte[], byte[]>? sign = null, bool half = false)
    {
        sign ??= algorithm switch
        {
            "ES256" => data => _ec.SignData(data, HashAlgorithmName.SHA256),
            "RS256" => data => _rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => data => _rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        };
        var signed = $"{Encode($$"""{"alg":"{{algorithm}}"}""")}.{Encode(half ? claims.ToJsonString().Replace("broken", "\\ud800", StringComparison.Ordinal) : claims.ToJsonString())}";
        return $"{signed}.{WebEncoders.Base64UrlEncode(sign(Encoding.ASCII.GetBytes(signed)))}";

        static string Encode(string json) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(json));
    }
}
