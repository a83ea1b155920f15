using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.Jwt;

/// <summary>A signed JWT as it came; nothing of it is proven until its signature is.</summary>
internal sealed class ParsedJwt
{
    /// <summary>What a key pair signs by (RFC 7518 section 3.1).</summary>
    public static readonly string[] KeyPairAlgorithms = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private ParsedJwt(JsonElement header, JsonElement claims, byte[] signed, byte[] signature) =>
        (Header, Claims, _signed, _signature) = (header, claims, signed, signature);

    public JsonElement Header { get; }

    public JsonElement Claims { get; }

    public string? Algorithm => Text(Header, "alg");

    /// <summary>Reads the compact form of RFC 7515 section 7.1; <see langword="null"/> when the text is none.</summary>
    public static ParsedJwt? TryParse(string text)
    {
        var parts = text.Split('.');
        try
        {
            return parts.Length is 3 && TryReadObject(parts[0], out var header) && TryReadObject(parts[1], out var claims)
                ? new ParsedJwt(header, claims, Encoding.ASCII.GetBytes(text[..text.LastIndexOf('.')]), WebEncoders.Base64UrlDecode(parts[2]))
                : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }

    public string? Claim(string name) => Text(Claims, name);

    /// <summary>A NumericDate of RFC 7519 section 2, which may have a fraction.</summary>
    public double? Number(string name) =>
        Claims.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetDouble() : null;

    public bool Has(string name) => Claims.TryGetProperty(name, out _);

    public static string? Text(JsonElement part, string name) => part.TryGetProperty(name, out var value) ? Text(value) : null;

    public static string? Text(JsonElement value)
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

    /// <summary>Whether <c>aud</c> is one of these, or a list that holds one.</summary>
    public bool IsFor(params Uri[] audiences)
    {
        return Claims.TryGetProperty("aud", out var aud) && aud.ValueKind switch
        {
            JsonValueKind.String => IsOne(aud),
            JsonValueKind.Array => aud.EnumerateArray().Any(IsOne),
            _ => false,
        };

        bool IsOne(JsonElement value) => Text(value) is { } text && Array.Exists(audiences, a => a.AbsoluteUri == text);
    }

    /// <summary>What is wrong with <c>exp</c> or <c>nbf</c>, and with which of them.</summary>
    public (string Claim, string Flaw)? FindTimeFlaw(DateTimeOffset time)
    {
        var now = Seconds(time);
        if (Number("exp") is not { } expiry)
            return ("exp", "has no exp that is a number");
        if (expiry <= now)
            return ("exp", "has expired");
        return Has("nbf") && !(Number("nbf") <= now) ? ("nbf", "has an nbf that is no number, or a time to come") : null;
    }

    public static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000d;

    /// <summary>Whether the key in the PEM has signed it, by an algorithm that is for such keys.</summary>
    public bool IsSignedBy(string publicKeyPem)
    {
        try
        {
            switch (Algorithm)
            {
                case "ES256" or "ES384" or "ES512":
                    using (var key = ECDsa.Create())
                    {
                        key.ImportFromPem(publicKeyPem);
                        return IsSignedBy(key);
                    }

                case "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512":
                    using (var key = RSA.Create())
                    {
                        key.ImportFromPem(publicKeyPem);
                        return IsSignedBy(key);
                    }

                default:
                    return false;
            }
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            return false;
        }
    }

    public bool IsSignedBy(ECDsa key) => Fits(Algorithm, key) && key.VerifyData(_signed, _signature, Hash);

    public bool IsSignedBy(RSA key) =>
        Algorithm is ['R' or 'P', 'S', ..] && key.VerifyData(_signed, _signature, Hash, Algorithm[0] is 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);

    public bool IsSignedBySecret(string secret)
    {
        var key = Encoding.UTF8.GetBytes(secret);
        var expected = Algorithm switch
        {
            "HS256" => HMACSHA256.HashData(key, _signed),
            "HS384" => HMACSHA384.HashData(key, _signed),
            "HS512" => HMACSHA512.HashData(key, _signed),
            _ => null,
        };
        return expected is not null && CryptographicOperations.FixedTimeEquals(expected, _signature);
    }

    /// <summary>Each algorithm has a curve of its own (RFC 7518 section 3.4).</summary>
    public static bool Fits(string? algorithm, ECDsa key) =>
        algorithm is ['E', 'S', ..] && key.KeySize == (algorithm is "ES512" ? 521 : int.Parse(algorithm.AsSpan(2), CultureInfo.InvariantCulture));

    private HashAlgorithmName Hash => Algorithm![2..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    private static bool TryReadObject(string part, out JsonElement value)
    {
        using var document = JsonDocument.Parse(WebEncoders.Base64UrlDecode(part));
        value = document.RootElement.Clone();
        return value.ValueKind is JsonValueKind.Object;
    }
}
