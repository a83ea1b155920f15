using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Tests.Protocol;

/// <summary>The key that tokens are bound to, and what its proofs say (RFC 9449 §4.2).</summary>
public sealed class DPoPProverTests : IDisposable
{
    private static readonly Uri _address = new("https://api.example/orders");

    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Theory]
    [InlineData("no key")]
    [InlineData("missing")]
    [InlineData("folder")]
    [InlineData("public")]
    [InlineData("public jwk")]
    [InlineData("half a jwk")]
    [InlineData("broken pem")]
    [InlineData("rsa")]
    public void Create_FromAFileOfNoUse_SaysWhatItHasToHold(string kind)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(key));
        var file = kind == "folder" ? Path.GetTempPath() : _file;
        if (kind is not ("missing" or "folder"))
        {
            File.WriteAllText(_file, kind switch
            {
                "public" => key.ExportSubjectPublicKeyInfoPem(),
                "public jwk" => $$"""{"kty":"EC","crv":"P-256","x":"{{jwk.X}}","y":"{{jwk.Y}}"}""",
                "half a jwk" => """{"kty":"EC","crv":""",
                "broken pem" => "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
                "rsa" => rsa.ExportPkcs8PrivateKeyPem(),
                _ => kind,
            });
        }

        var exception = Assert.Throws<InvalidOperationException>(() => DPoPProver.Create(file));

        Assert.Equal($"the DPoPKeyFile '{file}' cannot be read, or holds no P-256 key in PEM or as a JWK", exception.Message);
    }

    [Fact]
    public void Create_FromAKeyOfAnotherCurve_SaysWhichItTakes()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        File.WriteAllText(_file, key.ExportPkcs8PrivateKeyPem());

        var exception = Assert.Throws<InvalidOperationException>(() => DPoPProver.Create(_file));

        Assert.Equal($"the DPoPKeyFile '{_file}' holds a key of 384 bits, where ES256 needs one on the curve P-256", exception.Message);
    }

    [Fact]
    public void Create_FromTheSameFile_IsTheSameKeyAndFromNoneIsAnother()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(_file, $"\n{key.ExportPkcs8PrivateKeyPem()}");

        Assert.Equal(Base64UrlEncoder.Encode(new ECDsaSecurityKey(key).ComputeJwkThumbprint()), DPoPProver.Create(_file).Thumbprint);
        Assert.NotEqual(DPoPProver.Create(null).Thumbprint, DPoPProver.Create(null).Thumbprint);

        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(key));
        File.WriteAllText(_file, $"\n {{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{jwk.X}\",\"y\":\"{jwk.Y}\",\"d\":\"{jwk.D}\"}}");
        Assert.Equal(Base64UrlEncoder.Encode(new ECDsaSecurityKey(key).ComputeJwkThumbprint()), DPoPProver.Create(_file).Thumbprint);
    }

    /// <summary>The proof's header carries the public half of the key, and is signed by the other.</summary>
    [Fact]
    public async Task Prove_OfARequest_IsSignedByTheKeyInItsHeader()
    {
        var text = DPoPProver.Create(null).Prove(HttpMethod.Put, _address, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), "hash");

        var proof = new JsonWebToken(text);
        Assert.Equal(("dpop+jwt", "ES256"), (proof.Typ, proof.Alg));
        var claims = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(Base64UrlEncoder.Decode(proof.EncodedPayload))!;
        Assert.Equal(["ath", "htm", "htu", "iat", "jti"], claims.Keys.Order());
        Assert.Equal(("hash", "PUT", "https://api.example/orders", 1_700_000_000), (claims["ath"].GetString(), claims["htm"].GetString(), claims["htu"].GetString(), claims["iat"].GetInt64()));
        var jwk = new JsonWebKey(proof.GetHeaderValue<JsonElement>("jwk").GetRawText());
        Assert.False(jwk.HasPrivateKey);
        var verified = await new JsonWebTokenHandler().ValidateTokenAsync(text, new TokenValidationParameters { IssuerSigningKey = jwk, ValidateIssuer = false, ValidateAudience = false, ValidateLifetime = false, ValidTypes = ["dpop+jwt"] });
        Assert.True(verified.IsValid, verified.Exception?.Message);
    }

    /// <summary>What the server compares is the address of the request that opens a connection, in ASCII, without query and fragment.</summary>
    [Theory]
    [InlineData("https://api.example/orders?x=1#part", "https://api.example/orders")]
    [InlineData("https://api.example", "https://api.example/")]
    [InlineData("https://api.example:8443/a%20b", "https://api.example:8443/a%20b")]
    [InlineData("wss://api.example:8443/feed", "https://api.example:8443/feed")]
    [InlineData("ws://127.0.0.1:80/feed", "http://127.0.0.1/feed")]
    [InlineData("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4")]
    [InlineData("http://wsserver.example/x", "http://wsserver.example/x")]
    public void Prove_OfAnAddress_NamesItAsTheServerSeesIt(string address, string expected) =>
        Assert.Equal(expected, Claim(DPoPProver.Create(null), new Uri(address), null, "htu"));

    [Fact]
    public void Nonce_OfOneServer_IsSentToThatServerAlone()
    {
        var prover = DPoPProver.Create(null);

        Assert.True(prover.NoteNonce(_address, Answer("of \"the\" api"), isOfApi: true));
        Assert.True(prover.NoteNonce(_address, Answer("of the issuer"), isOfApi: false));

        Assert.Equal("of \"the\" api", Claim(prover, new Uri("https://api.example/other"), "hash", "nonce"));
        Assert.Equal("of the issuer", Claim(prover, _address, null, "nonce"));
        Assert.Null(Claim(prover, new Uri("https://api.example:8443/orders"), "hash", "nonce"));

        Assert.True(prover.NoteNonce(_address, Answer("the next one"), isOfApi: true));
        Assert.Equal("the next one", Claim(prover, _address, "hash", "nonce"));
    }

    /// <summary>Which of two is meant nobody can say.</summary>
    [Theory]
    [InlineData]
    [InlineData("one", "two")]
    public void Nonce_ThatIsNotOne_IsNotKept(params string[] nonces)
    {
        var prover = DPoPProver.Create(null);

        Assert.False(prover.NoteNonce(_address, Answer(nonces), isOfApi: true));
        Assert.Null(Claim(prover, _address, "hash", "nonce"));
    }

    public void Dispose() => File.Delete(_file);

    private static HttpResponseHeaders Answer(params string[] nonces)
    {
        var headers = new HttpResponseMessage().Headers;
        if (nonces.Length > 0)
            headers.TryAddWithoutValidation("DPoP-Nonce", nonces);
        return headers;
    }

    private static string? Claim(DPoPProver prover, Uri address, string? tokenHash, string claim) =>
        new JsonWebToken(prover.Prove(HttpMethod.Get, address, DateTimeOffset.UnixEpoch, tokenHash)).TryGetPayloadValue<string>(claim, out var value) ? value : null;
}
