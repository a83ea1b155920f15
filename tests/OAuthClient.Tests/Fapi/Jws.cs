using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Tests.Fapi;

/// <summary>A signed JWT that can be taken apart, changed and signed again, as whoever forges one would.</summary>
internal sealed class Jws
{
    private readonly string _text;

    private Jws(string text)
    {
        _text = text;
        var parts = text.Split('.');
        Header = JsonNode.Parse(Base64UrlEncoder.Decode(parts[0]))!.AsObject();
        Claims = JsonNode.Parse(Base64UrlEncoder.Decode(parts[1]))!.AsObject();
    }

    public JsonObject Header { get; }

    public JsonObject Claims { get; }

    public static Jws Read(string text) => new(text);

    /// <summary>The public key in the header of a DPoP proof.</summary>
    public JsonObject Jwk => Header["jwk"]!.AsObject();

    /// <summary>The thumbprint of that key, put together by hand (RFC 7638 §3).</summary>
    public string Thumbprint => Hash($$"""{"crv":"{{Jwk["crv"]}}","kty":"{{Jwk["kty"]}}","x":"{{Jwk["x"]}}","y":"{{Jwk["y"]}}"}""");

    public static string Hash(string text) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    /// <summary>Signs header and claims, as they are by now, by the algorithm that the header names.</summary>
    public string Sign(AsymmetricAlgorithm key)
    {
        var signed = $"{Base64UrlEncoder.Encode(Header.ToJsonString())}.{Base64UrlEncoder.Encode(Claims.ToJsonString())}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = (string?)Header["alg"] switch
        {
            "RS256" => ((RSA)key).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),

            // The public key as a secret, which everybody has.
            "HS256" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), bytes),
            "none" => [],
            _ => ((ECDsa)key).SignData(bytes, HashAlgorithmName.SHA256),
        };
        return $"{signed}.{Base64UrlEncoder.Encode(signature)}";
    }

    public bool IsSignedBy(ECDsa key) =>
        (string?)Header["alg"] == "ES256" && key.VerifyData(Encoding.ASCII.GetBytes(_text[.._text.LastIndexOf('.')]), Base64UrlEncoder.DecodeBytes(_text[(_text.LastIndexOf('.') + 1)..]), HashAlgorithmName.SHA256);

    public bool IsSignedByItsOwnKey()
    {
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = { X = Base64UrlEncoder.DecodeBytes((string?)Jwk["x"]), Y = Base64UrlEncoder.DecodeBytes((string?)Jwk["y"]) },
        });
        return IsSignedBy(key);
    }

    /// <summary>A public key as a JWK, with its private part where one is wanted.</summary>
    public static JsonObject CreateJwk(ECDsa key, bool withPrivatePart = false)
    {
        var parameters = key.ExportParameters(withPrivatePart);
        var jwk = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64UrlEncoder.Encode(parameters.Q.X), ["y"] = Base64UrlEncoder.Encode(parameters.Q.Y) };
        if (withPrivatePart)
            jwk["d"] = Base64UrlEncoder.Encode(parameters.D);
        return jwk;
    }
}
