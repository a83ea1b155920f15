using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>What a key signs with, what it is called, and why one is of no use.</summary>
public sealed class SigningKeyTests
{
    private const string Secret = "a-secret-that-is-long-enough-to-sign-with";
    private const string Password = "open sesame";
    private const string NoKey = "it is no PEM, JWK or PFX with a private key";

    private static readonly RSA _rsa = RSA.Create(2048);
    private static readonly ECDsa _p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly Dictionary<string, AsymmetricAlgorithm> _keys = new()
    {
        ["RSA"] = _rsa,
        ["P-256"] = _p256,
        ["P-384"] = ECDsa.Create(ECCurve.NamedCurves.nistP384),
        ["P-521"] = ECDsa.Create(ECCurve.NamedCurves.nistP521),
    };

    [Theory]
    [InlineData("RSA", null, "RS256")]
    [InlineData("RSA", "RS256", "RS256")]
    [InlineData("RSA", "PS256", "PS256")]
    [InlineData("RSA", "RS384", "RS384")]
    [InlineData("RSA", "PS384", "PS384")]
    [InlineData("RSA", "RS512", "RS512")]
    [InlineData("RSA", "PS512", "PS512")]
    [InlineData("P-256", null, "ES256")]
    [InlineData("P-256", "ES256", "ES256")]
    [InlineData("P-384", null, "ES384")]
    [InlineData("P-384", "ES384", "ES384")]
    [InlineData("P-521", null, "ES512")]
    [InlineData("P-521", "ES512", "ES512")]
    [InlineData("secret", null, "HS256")]
    [InlineData("secret", "HS256", "HS256")]
    [InlineData("secret", "HS384", "HS384")]
    [InlineData("secret", "HS512", "HS512")]
    public async Task Sign_WithEachAlgorithmOfTheKind_IsASignatureThatItsOtherHalfVerifies(string kind, string? chosen, string expected)
    {
        var key = kind == "secret" ? SigningKey.FromSecret(Secret, chosen) : SigningKey.Read(_keys[kind].ExportPkcs8PrivateKeyPem(), null, chosen);

        var text = key.Sign(new Dictionary<string, object> { ["iss"] = "app" }, "some+jwt");

        var token = new JsonWebToken(text);
        Assert.Equal((expected, "some+jwt", "app"), (token.Alg, token.Typ, token.Issuer));
        Assert.Equal("iss", Assert.Single(token.Claims).Type);
        SecurityKey other = kind == "secret" ? new SymmetricSecurityKey([.. Encoding.UTF8.GetBytes(Secret), .. new byte[64 - Secret.Length]])
            : _keys[kind] is RSA rsa ? new RsaSecurityKey(rsa) : new ECDsaSecurityKey((ECDsa)_keys[kind]);
        var verified = await new JsonWebTokenHandler().ValidateTokenAsync(text, new TokenValidationParameters { IssuerSigningKey = other, ValidIssuer = "app", ValidateAudience = false, ValidateLifetime = false });
        Assert.True(verified.IsValid, verified.Exception?.Message);
    }

    [Theory]
    [InlineData("RSA", "ES256", "it is of the kind 'RSA', which signs with RS256, PS256, RS384, PS384, RS512, PS512, and not with the ClientAssertionAlgorithm 'ES256'")]
    [InlineData("P-256", "RS256", "it is of the kind 'P-256', which signs with ES256, and not with the ClientAssertionAlgorithm 'RS256'")]
    [InlineData("P-384", "ES512", "it is of the kind 'P-384', which signs with ES384, and not with the ClientAssertionAlgorithm 'ES512'")]
    [InlineData("P-521", "ES256", "it is of the kind 'P-521', which signs with ES512, and not with the ClientAssertionAlgorithm 'ES256'")]
    [InlineData("secret", "RS256", "it is of the kind 'secret', which signs with HS256, HS384, HS512, and not with the ClientAssertionAlgorithm 'RS256'")]
    public void Create_WithAnAlgorithmOfAnotherKind_SaysWhichThereAre(string kind, string algorithm, string says) =>
        AssertThrows(says, () => kind == "secret" ? SigningKey.FromSecret(Secret, algorithm) : SigningKey.Read(_keys[kind].ExportPkcs8PrivateKeyPem(), null, algorithm));

    [Fact]
    public void FromSecret_WithTooFewBytes_SaysHowManyItTakes()
    {
        AssertThrows("it has less than 16 bytes, too few to sign with (RFC 7518 §3.2 asks for 32)", () => SigningKey.FromSecret("123456789012345", null));

        // Bytes, not characters.
        Assert.NotNull(SigningKey.FromSecret("1234567890123456", null));
        Assert.NotNull(SigningKey.FromSecret("ßßßßßßßß", null));
    }

    /// <summary>A secret has no name, and nothing that tells of it may be sent.</summary>
    [Fact]
    public void KeyId_OfASecret_IsNone()
    {
        var key = SigningKey.FromSecret(Secret, null);

        Assert.Equal((null, ""), (key.KeyId, key.Thumbprint));
        Assert.Equal("", new JsonWebToken(key.Sign(new Dictionary<string, object>(), "JWT")).Kid);
    }

    [Theory]
    [InlineData("pem", null, "thumbprint")]
    [InlineData("pem", "mine", "mine")]
    [InlineData("jwk", null, "thumbprint")]
    [InlineData("jwk", "mine", "mine")]
    [InlineData("jwk with kid", null, "its-own")]
    [InlineData("jwk with kid", "mine", "mine")]
    public void KeyId_IsTheSettingElseTheKeysOwnElseItsThumbprint(string spelling, string? setting, string expected)
    {
        var key = SigningKey.Read(spelling == "pem" ? _p256.ExportPkcs8PrivateKeyPem() : ToJwk(_p256, spelling == "jwk" ? null : "its-own"), null, keyId: setting);

        Assert.Equal(expected == "thumbprint" ? key.Thumbprint : expected, key.KeyId);
        Assert.Equal(Base64UrlEncoder.Encode(new ECDsaSecurityKey(_p256).ComputeJwkThumbprint()), key.Thumbprint);
        Assert.Equal(key.KeyId, new JsonWebToken(key.Sign(new Dictionary<string, object>(), "JWT")).Kid);
    }

    [Theory]
    [InlineData("RSA", "RS256")]
    [InlineData("P-256", "ES256")]
    [InlineData("P-384", "ES384")]
    [InlineData("P-521", "ES512")]
    public void Read_OfEachSpelling_IsTheSameKey(string kind, string algorithm)
    {
        var key = _keys[kind];
        var pem = SigningKey.Read(key.ExportPkcs8PrivateKeyPem(), null);
        string[] others = [$"\n {ToJwk(key, null)}", ToPfx(key, null), key is RSA rsa ? rsa.ExportRSAPrivateKeyPem() : ((ECDsa)key).ExportECPrivateKeyPem()];

        Assert.All(others.Select(text => SigningKey.Read(text, null)), other => Assert.Equal(pem.Thumbprint, other.Thumbprint));
        Assert.Equal(pem.Thumbprint, SigningKey.Read(Encrypt(key), Password).Thumbprint);
        Assert.Equal(pem.Thumbprint, SigningKey.Read(ToPfx(key, Password), Password).Thumbprint);
        Assert.Equal(algorithm, new JsonWebToken(SigningKey.Read(others[0], null).Sign(new Dictionary<string, object>(), "JWT")).Alg);
    }

    [Theory]
    [InlineData("no key at all", null, NoKey)]
    [InlineData("no key at all", Password, NoKey + " that PrivateKeyPassword opens")]
    [InlineData("encrypted", null, "it is encrypted; set PrivateKeyPassword")]
    [InlineData("encrypted", "wrong", NoKey + " that PrivateKeyPassword opens")]
    [InlineData("pem", Password, NoKey + " that PrivateKeyPassword opens")]
    [InlineData("pfx", null, NoKey)]
    [InlineData("pfx", "wrong", NoKey + " that PrivateKeyPassword opens")]
    [InlineData("pfx without key", null, "it is a certificate without a private key")]
    [InlineData("public", null, NoKey)]
    [InlineData("public", Password, NoKey + " that PrivateKeyPassword opens")]
    [InlineData("public rsa", null, NoKey)]
    [InlineData("certificate", null, NoKey)]
    [InlineData("public jwk", null, "it is the public half of a key")]
    [InlineData("half a jwk", null, NoKey)]
    [InlineData("jwk of another curve", null, "its kind 'secp256k1' signs no assertion; take RSA, or a curve of P-256, P-384 or P-521")]
    public void Read_OfWhatIsOfNoUse_SaysWhy(string kind, string? password, string says)
    {
        using var certificate = TestCertificates.Create("CN=orders");
        var text = kind switch
        {
            "encrypted" => Encrypt(_p256),
            "pem" => _p256.ExportPkcs8PrivateKeyPem(),
            "pfx" => ToPfx(_p256, Password),
            "pfx without key" => Convert.ToBase64String(X509Certificate2.CreateFromPem(certificate.ExportCertificatePem()).Export(X509ContentType.Pfx)),
            "public" => _p256.ExportSubjectPublicKeyInfoPem(),
            "public rsa" => _rsa.ExportSubjectPublicKeyInfoPem(),
            "certificate" => certificate.ExportCertificatePem(),
            "public jwk" => ToJwk(ECDsa.Create(_p256.ExportParameters(false)), null),
            "half a jwk" => ToJwk(_p256, null)[..40],
            "jwk of another curve" => ToJwk(_p256, null).Replace("P-256", "secp256k1", StringComparison.Ordinal),
            _ => kind,
        };

        AssertThrows(says, () => SigningKey.Read(text, password));
    }

    private static void AssertThrows(string says, Func<SigningKey> create) => Assert.Equal(says, Assert.Throws<InvalidOperationException>(create).Message);

    private static string Encrypt(AsymmetricAlgorithm key) => key.ExportEncryptedPkcs8PrivateKeyPem(Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000));

    private static string ToPfx(AsymmetricAlgorithm key, string? password)
    {
        var request = key is RSA rsa ? new CertificateRequest("CN=orders", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : new CertificateRequest("CN=orders", (ECDsa)key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return Convert.ToBase64String(certificate.Export(X509ContentType.Pfx, password));
    }

    private static string ToJwk(AsymmetricAlgorithm key, string? id)
    {
        Dictionary<string, object?> members;
        if (key is RSA rsa)
        {
            var own = rsa.ExportParameters(true);
            members = new() { ["kty"] = "RSA", ["n"] = own.Modulus, ["e"] = own.Exponent, ["d"] = own.D, ["p"] = own.P, ["q"] = own.Q, ["dp"] = own.DP, ["dq"] = own.DQ, ["qi"] = own.InverseQ };
        }
        else
        {
            ECParameters own;
            try
            {
                own = ((ECDsa)key).ExportParameters(true);
            }
            catch (CryptographicException)
            {
                own = ((ECDsa)key).ExportParameters(false);
            }

            members = new() { ["kty"] = "EC", ["crv"] = $"P-{key.KeySize}", ["x"] = own.Q.X, ["y"] = own.Q.Y, ["d"] = own.D };
        }

        members["kid"] = id;
        return JsonSerializer.Serialize(members.Where(member => member.Value is not null).ToDictionary(member => member.Key, member => member.Value is byte[] bytes ? Base64UrlEncoder.Encode(bytes) : member.Value));
    }
}
