using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using OAuthClient.Testing.Jwt;

namespace OAuthClient.Testing.DPoP;

/// <summary>The public key in a proof's header (RFC 7517).</summary>
internal sealed class ProofKey : IDisposable
{
    private static readonly string[] _privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    private readonly AsymmetricAlgorithm _key;

    private ProofKey(AsymmetricAlgorithm key, string canonicalJson)
    {
        _key = key;
        Thumbprint = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(canonicalJson)));
    }

    /// <summary>The SHA-256 thumbprint of RFC 7638.</summary>
    public string Thumbprint { get; }

    public static bool HasPrivatePart(JsonElement jwk) => Array.Exists(_privateMembers, m => jwk.TryGetProperty(m, out _));

    /// <summary>Reads a key that the algorithm is for; <see langword="null"/> for any other and for what is no key.</summary>
    public static ProofKey? TryRead(JsonElement jwk, string algorithm)
    {
        try
        {
            return algorithm[0] is 'E' ? ReadEc(jwk, algorithm) : ReadRsa(jwk);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or CryptographicException)
        {
            return null;
        }
    }

    public bool HasSigned(ParsedJwt proof) => _key switch
    {
        ECDsa key => proof.IsSignedBy(key),
        RSA key => proof.IsSignedBy(key),
        _ => false,
    };

    public void Dispose() => _key.Dispose();

    private static ProofKey? ReadEc(JsonElement jwk, string algorithm)
    {
        var (name, curve) = algorithm is "ES256" ? ("P-256", ECCurve.NamedCurves.nistP256) : ("P-384", ECCurve.NamedCurves.nistP384);
        if (ParsedJwt.Text(jwk, "kty") is not "EC" || ParsedJwt.Text(jwk, "crv") != name || Bytes(jwk, "x") is not { } x || Bytes(jwk, "y") is not { } y)
            return null;
        var key = ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = x, Y = y } });
        return new ProofKey(key, $$"""{"crv":"{{name}}","kty":"EC","x":"{{WebEncoders.Base64UrlEncode(x)}}","y":"{{WebEncoders.Base64UrlEncode(y)}}"}""");
    }

    private static ProofKey? ReadRsa(JsonElement jwk)
    {
        if (ParsedJwt.Text(jwk, "kty") is not "RSA" || Bytes(jwk, "n") is not { } n || Bytes(jwk, "e") is not { } e)
            return null;
        var key = RSA.Create(new RSAParameters { Modulus = n, Exponent = e });
        return new ProofKey(key, $$"""{"e":"{{WebEncoders.Base64UrlEncode(e)}}","kty":"RSA","n":"{{WebEncoders.Base64UrlEncode(n)}}"}""");
    }

    /// <summary>A member's bytes, if its text is the one that stands for them: the thumbprint is of that text.</summary>
    private static byte[]? Bytes(JsonElement jwk, string member) =>
        ParsedJwt.Text(jwk, member) is { } text && WebEncoders.Base64UrlDecode(text) is var bytes && WebEncoders.Base64UrlEncode(bytes) == text ? bytes : null;
}
