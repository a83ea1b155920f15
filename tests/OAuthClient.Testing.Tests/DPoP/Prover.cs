using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests.DPoP;

/// <summary>Makes DPoP proofs with a library that the server does not use.</summary>
internal sealed class Prover(SecurityKey key, string algorithm, TimeProvider time)
{
    private static readonly JsonWebTokenHandler _writer = new() { SetDefaultTimesOnTokenCreation = false };

    public Prover(ECDsa key, TimeProvider time) : this(new ECDsaSecurityKey(key), "ES256", time)
    {
    }

    /// <summary>The public half of the key.</summary>
    public Dictionary<string, string> PublicKey => Public(JsonWebKeyConverter.ConvertFromSecurityKey(key));

    public string Thumbprint => Base64UrlEncoder.Encode(JsonWebKeyConverter.ConvertFromSecurityKey(key).ComputeJwkThumbprint());

    public static string HashOf(string token) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    /// <summary>The converter keeps the private members.</summary>
    public static Dictionary<string, string> Public(JsonWebKey key) => key.Kty is "EC"
        ? new() { ["kty"] = key.Kty, ["crv"] = key.Crv, ["x"] = key.X, ["y"] = key.Y }
        : new() { ["kty"] = key.Kty, ["n"] = key.N, ["e"] = key.E };

    /// <summary>A proof that is right unless <paramref name="spoil"/> changes its header or claims.</summary>
    public string Prove(string method, Uri uri, string? token = null, string? nonce = null, Action<Dictionary<string, object>, JsonObject>? spoil = null)
    {
        var header = new Dictionary<string, object> { ["typ"] = "dpop+jwt", ["jwk"] = PublicKey };
        var claims = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString(),
            ["htm"] = method,
            ["htu"] = uri.GetLeftPart(UriPartial.Path),
            ["iat"] = time.GetUtcNow().ToUnixTimeSeconds(),
        };
        if (token is not null)
            claims["ath"] = HashOf(token);
        if (nonce is not null)
            claims["nonce"] = nonce;
        spoil?.Invoke(header, claims);
        return algorithm is "none"
            ? _writer.CreateToken(claims.ToJsonString(), header)
            : _writer.CreateToken(claims.ToJsonString(), new SigningCredentials(key, algorithm), header);
    }
}
