using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Protocol;

// A key that signs what a client says of itself (RFC 7515). A client that signs nothing never loads the library behind it.
internal sealed class SigningKey
{
    private static readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    // Keys come and go, and the signers that the library would keep of them hold each for ever.
    private static readonly CryptoProviderFactory _factory = new() { CacheSignatureProviders = false };

    // What each kind of key can sign with (RFC 7518 §3.1), its own choice first.
    private static readonly Dictionary<string, string[]> _algorithms = new(StringComparer.Ordinal)
    {
        ["RSA"] = ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"],
        ["P-256"] = ["ES256"],
        ["P-384"] = ["ES384"],
        ["P-521"] = ["ES512"],
        ["secret"] = ["HS256", "HS384", "HS512"],
    };

    private readonly SigningCredentials _credentials;

    private SigningKey(SecurityKey key, string kind, string? algorithm, string? keyId)
    {
        var possible = _algorithms.GetValueOrDefault(kind) ?? throw new InvalidOperationException($"its kind '{kind}' signs no assertion; take RSA, or a curve of P-256, P-384 or P-521");
        if (algorithm is not null && !possible.Contains(algorithm))
            throw new InvalidOperationException($"it is of the kind '{kind}', which signs with {string.Join(", ", possible)}, and not with the ClientAssertionAlgorithm '{SafeText.Shorten(algorithm)}'");
        Thumbprint = kind == "secret" ? "" : Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
        key.KeyId = keyId ?? (kind == "secret" ? null : key.KeyId ?? Thumbprint);
        _credentials = new SigningCredentials(key, algorithm ?? possible[0]) { CryptoProviderFactory = _factory };
        Sign(new Dictionary<string, object>(), "JWT"); // One that is too short, or whose numbers are wrong, fails here and no later.
    }

    public string? KeyId => _credentials.Key.KeyId;
    public string Thumbprint { get; } // RFC 7638

    // Throws InvalidOperationException: The secret is too short for the algorithm.
    public static SigningKey FromSecret(string secret, string? algorithm) => Encoding.UTF8.GetBytes(secret) is { Length: >= 16 } bytes
        // The hash itself fills a shorter key up with zeros (RFC 2104 §2), as servers with shorter secrets do; the library wants it done.
        ? new SigningKey(new SymmetricSecurityKey(bytes.Length < 64 ? [.. bytes, .. new byte[64 - bytes.Length]] : bytes), "secret", algorithm, null)
        : throw new InvalidOperationException("it has less than 16 bytes, too few to sign with (RFC 7518 §3.2 asks for 32)");

    // Reads PEM, a JWK or a PFX in base64. Throws InvalidOperationException: It is none, or not whole, or its password is wrong; or the algorithm is not the key's.
    public static SigningKey Read(string text, string? password, string? algorithm = null, string? keyId = null)
    {
        try
        {
            if (text.TrimStart().StartsWith('{'))
            {
                var jwk = new JsonWebKey(text);
                return jwk.HasPrivateKey ? new SigningKey(jwk, jwk.Kty == "EC" ? jwk.Crv : jwk.Kty, algorithm, keyId) : throw new InvalidOperationException("it is the public half of a key");
            }

            if (!text.Contains("-----BEGIN", StringComparison.Ordinal))
            {
                using var certificate = CertificateFiles.ReadPfx(Convert.FromBase64String(text), password);
                return ((AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey()) is { } key
                    ? FromKey(key, algorithm, keyId)
                    : throw new InvalidOperationException("it is a certificate without a private key");
            }

            return FromKey(ReadPem(text, password), algorithm, keyId);
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException or ArgumentException or NotSupportedException or SecurityTokenException)
        {
            // What the exceptions say may quote the key.
            throw new InvalidOperationException(
                text.Contains("ENCRYPTED", StringComparison.Ordinal) && password is null ? "it is encrypted; set PrivateKeyPassword"
                : $"it is no PEM, JWK or PFX with a private key{(password is null ? "" : " that PrivateKeyPassword opens")}");
        }
    }

    public string Sign(IDictionary<string, object> claims, string type) =>
        _handler.CreateToken(new SecurityTokenDescriptor { SigningCredentials = _credentials, TokenType = type, Claims = claims });

    // The label of PKCS#8 does not say which kind of key it is.
    private static AsymmetricAlgorithm ReadPem(string text, string? password)
    {
        if (!text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new CryptographicException();
        try
        {
            return Import(RSA.Create(), text, password);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return Import(ECDsa.Create(), text, password);
        }
    }

    private static AsymmetricAlgorithm Import(AsymmetricAlgorithm key, string text, string? password)
    {
        if (password is null)
            key.ImportFromPem(text);
        else
            key.ImportFromEncryptedPem(text, password);
        return key;
    }

    private static SigningKey FromKey(AsymmetricAlgorithm key, string? algorithm, string? keyId) => key is RSA rsa
        ? new SigningKey(new RsaSecurityKey(rsa), "RSA", algorithm, keyId)
        : new SigningKey(new ECDsaSecurityKey((ECDsa)key), $"P-{key.KeySize}", algorithm, keyId);
}
