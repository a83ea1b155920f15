using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OAuthClient.Testing.Jwt;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Checks the JWTs with which clients authenticate: private_key_jwt, client_secret_jwt and what a platform writes (RFC 7523 section 3).</summary>
internal sealed class AssertionVerifier(Uri tokenEndpoint, Uri issuer, TimeProvider timeProvider)
{
    public const string JwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private const double MaxLifetime = 600;
    private const double MaxSkew = 60;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);

    /// <summary>Why the assertion does not prove the client; <see langword="null"/> when it does.</summary>
    public OAuthError? Verify(ParsedJwt assertion, TestClient client) =>
        client.AssertionIssuer is { } platform && assertion.Claim("iss") != client.ClientId
            ? VerifyOfPlatform(assertion, client, platform)
            : VerifyOfClient(assertion, client);

    private OAuthError? VerifyOfPlatform(ParsedJwt assertion, TestClient client, string platform)
    {
        if (assertion.Claim("iss") != platform)
            return Refuse($"The iss of the client_assertion is not '{platform}'.", "iss");
        if (assertion.Claim("sub") != client.AssertionSubject)
            return Refuse($"The sub of the client_assertion is not '{client.AssertionSubject}'.", "sub");
        // A platform hands out one file until it writes the next, so its jti says nothing.
        return CheckAudience(assertion) ?? CheckTimes(assertion) ?? CheckSignature(assertion, client.AssertionIssuerPublicKeyPem);
    }

    private OAuthError? VerifyOfClient(ParsedJwt assertion, TestClient client)
    {
        if (assertion.Claim("iss") != client.ClientId)
            return Refuse("The iss of the client_assertion is not the client id.", "iss");
        if (assertion.Claim("sub") != client.ClientId)
            return Refuse("The sub of the client_assertion is not the client id.", "sub");
        return (client.StrictAssertions ? CheckStrictly(assertion, client) : CheckAudience(assertion))
            ?? CheckTimes(assertion)
            ?? (IsOfSecret(assertion) ? CheckMac(assertion, client) : CheckSignature(assertion, client.PublicKeyPem))
            ?? CheckId(assertion, client);
    }

    /// <summary>Whether its algorithm makes it a client_secret_jwt.</summary>
    public static bool IsOfSecret(ParsedJwt? assertion) => assertion?.Algorithm is "HS256" or "HS384" or "HS512";

    private OAuthError? CheckStrictly(ParsedJwt assertion, TestClient client)
    {
        var now = ParsedJwt.Seconds(timeProvider.GetUtcNow());
        if (client.AssertionAlgorithm is { } algorithm && assertion.Algorithm != algorithm)
            return Refuse($"The alg of the client_assertion is not '{algorithm}'.", "alg");
        if (!assertion.Claims.TryGetProperty("aud", out var audience) || audience.ValueKind is not JsonValueKind.Array and not JsonValueKind.String)
            return Refuse("The client_assertion has no aud.", "aud");
        if (audience.ValueKind is JsonValueKind.Array)
            return Refuse($"The aud of the client_assertion is a list; it must be the one string '{issuer}'.", "aud_array");
        if (ParsedJwt.Text(audience) != issuer.AbsoluteUri)
            return Refuse($"The aud of the client_assertion is not '{issuer}'.", "aud");
        if (assertion.Number("exp") - now > MaxLifetime)
            return Refuse("The client_assertion expires more than 10 minutes from now.", "exp_far");
        return assertion.Has("iat") && !(assertion.Number("iat") - now <= MaxSkew)
            ? Refuse("The iat of the client_assertion is no number, or a time to come.", "iat")
            : null;
    }

    private OAuthError? CheckAudience(ParsedJwt assertion) =>
        assertion.IsFor(tokenEndpoint, issuer) ? null : Refuse($"The aud of the client_assertion is not '{tokenEndpoint}'.", "aud");

    private OAuthError? CheckTimes(ParsedJwt assertion) =>
        assertion.FindTimeFlaw(timeProvider.GetUtcNow()) is var (claim, flaw) ? Refuse($"The client_assertion {flaw}.", claim) : null;

    private static OAuthError? CheckSignature(ParsedJwt assertion, string? publicKeyPem)
    {
        if (!ParsedJwt.KeyPairAlgorithms.Contains(assertion.Algorithm))
            return Refuse("The alg of the client_assertion is none that a key pair signs by.", "alg");
        return publicKeyPem is not null && assertion.IsSignedBy(publicKeyPem) ? null : Refuse("The client_assertion is not signed with the client's key.", "signature");
    }

    private static OAuthError? CheckMac(ParsedJwt assertion, TestClient client)
    {
        // RFC 7518 section 3.2: the key is as long as the hash, or longer.
        var bits = int.Parse(assertion.Algorithm.AsSpan(2), CultureInfo.InvariantCulture);
        var secrets = client.Secrets.Where(s => !client.StrictAssertions || Encoding.UTF8.GetByteCount(s) * 8 >= bits).ToArray();
        if (secrets is [])
            return Refuse($"The client's secret is shorter than {assertion.Algorithm} asks for.", "alg");
        return secrets.Any(assertion.IsSignedBySecret) ? null : Refuse("The client_assertion is not signed with the client's secret.", "signature");
    }

    private OAuthError? CheckId(ParsedJwt assertion, TestClient client)
    {
        if (assertion.Claim("jti") is not { Length: > 0 } id)
            return Refuse("The client_assertion has no jti.", "jti");
        var now = timeProvider.GetUtcNow();
        foreach (var old in _seen.Where(s => s.Value <= now))
            _seen.TryRemove(old);
        var expiry = Math.Min(Math.Ceiling(assertion.Number("exp")!.Value), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        return _seen.TryAdd($"{client.ClientId} {id}", DateTimeOffset.FromUnixTimeSeconds((long)expiry))
            ? null
            : Refuse("The jti of the client_assertion has been used before.", "jti");
    }

    private static OAuthError Refuse(string description, string check) => OAuthError.InvalidClient(description).By($"client_assertion.{check}");
}
