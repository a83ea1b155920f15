using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Checks the JWTs with which clients authenticate (private_key_jwt, RFC 7523 section 3).</summary>
internal sealed class AssertionVerifier(IReadOnlyList<Uri> audiences, TimeProvider timeProvider)
{
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);

    /// <summary>The issuer that an assertion claims, unproven; <see langword="null"/> when it is no JWT.</summary>
    public static string? ReadIssuer(string assertion) =>
        TryReadPart(assertion, 1, out var claims) ? Text(claims, "iss") : null;

    /// <summary>Why the assertion does not prove the client; <see langword="null"/> when it does.</summary>
    public string? Verify(string assertion, TestClient client)
    {
        if (!TryReadPart(assertion, 0, out var header) || !TryReadPart(assertion, 1, out var claims))
            return "The client_assertion is no JWT.";
        if (Text(claims, "sub") != client.ClientId)
            return "The sub of the client_assertion is not the client id.";
        if (!IsForUs(claims))
            return $"The aud of the client_assertion is not '{audiences[0]}'.";
        if (Number(claims, "exp") is not { } expiry)
            return "The client_assertion has no exp that is a number.";
        var now = timeProvider.GetUtcNow();
        if (expiry <= Seconds(now))
            return "The client_assertion has expired.";
        if (claims.TryGetProperty("nbf", out _) && !(Number(claims, "nbf") <= Seconds(now)))
            return "The nbf of the client_assertion is no number, or a time to come.";
        if (!IsSignedBy(assertion, Text(header, "alg"), client.PublicKeyPem!))
            return "The client_assertion is not signed with the client's key.";
        if (Text(claims, "jti") is not { Length: > 0 } id)
            return "The client_assertion has no jti.";
        foreach (var old in _seen.Where(s => s.Value <= now))
            _seen.TryRemove(old);
        return _seen.TryAdd($"{client.ClientId} {id}", DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(Math.Ceiling(expiry), DateTimeOffset.MaxValue.ToUnixTimeSeconds())))
            ? null
            : "The jti of the client_assertion has been used before.";
    }

    private bool IsForUs(JsonElement claims) => claims.TryGetProperty("aud", out var aud) && aud.ValueKind switch
    {
        JsonValueKind.String => IsAudience(aud),
        JsonValueKind.Array => aud.EnumerateArray().Any(IsAudience),
        _ => false,
    };

    private bool IsAudience(JsonElement value) => Text(value) is { } text && audiences.Any(a => a.AbsoluteUri == text);

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000d;

    /// <summary>A NumericDate of RFC 7519 section 2, which may have a fraction.</summary>
    private static double? Number(JsonElement part, string name) =>
        part.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetDouble() : null;

    private static string? Text(JsonElement part, string name) =>
        part.TryGetProperty(name, out var value) ? Text(value) : null;

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: a JSON string, but no text.
            return null;
        }
    }

    private static bool TryReadPart(string jwt, int index, out JsonElement part)
    {
        part = default;
        var parts = jwt.Split('.');
        if (parts.Length != 3)
            return false;
        try
        {
            using var document = JsonDocument.Parse(WebEncoders.Base64UrlDecode(parts[index]));
            part = document.RootElement.Clone();
            return part.ValueKind is JsonValueKind.Object;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return false;
        }
    }

    private static bool IsSignedBy(string assertion, string? algorithm, string publicKeyPem)
    {
        var dot = assertion.LastIndexOf('.');
        var signed = Encoding.ASCII.GetBytes(assertion[..dot]);
        try
        {
            var signature = WebEncoders.Base64UrlDecode(assertion[(dot + 1)..]);
            switch (algorithm)
            {
                case "ES256" or "ES384" or "ES512":
                    using (var key = ECDsa.Create())
                    {
                        key.ImportFromPem(publicKeyPem);
                        // Each algorithm has a curve of its own (RFC 7518 section 3.4).
                        return key.KeySize == (algorithm is "ES512" ? 521 : int.Parse(algorithm.AsSpan(2), CultureInfo.InvariantCulture))
                            && key.VerifyData(signed, signature, Hash(algorithm));
                    }

                case "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512":
                    using (var key = RSA.Create())
                    {
                        key.ImportFromPem(publicKeyPem);
                        return key.VerifyData(signed, signature, Hash(algorithm), algorithm[0] is 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
                    }

                default:
                    return false;
            }
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or CryptographicException)
        {
            return false;
        }
    }

    private static HashAlgorithmName Hash(string algorithm) => algorithm[2..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
