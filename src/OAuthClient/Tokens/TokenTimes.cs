using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Tokens;

// How long a token lives, and when within its life it is replaced.
internal static class TokenTimes
{
    private const double Shortest = 0.001; // The clock counts in milliseconds; what is less is nothing.

    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    // What the answer says, at most 24 hours; where it says nothing usable, what the token itself says if it is a JWT, else the default.
    public static TimeSpan Read(TokenAnswer response, TimeSpan defaultLifetime)
    {
        var seconds = response.ExpiresIn is >= Shortest and var stated ? stated : ReadJwtLifetime(response.AccessToken!);
        return seconds is not { } known ? defaultLifetime : known >= _longest.TotalSeconds ? _longest : TimeSpan.FromSeconds(known);
    }

    public static TokenEntry Plan(OAuth2Token token, long sentAt, TimeSpan lifetime, TimeSpan refreshBeforeExpiry, Random random, X509Certificate2? certificate = null)
    {
        var life = (long)lifetime.TotalMilliseconds;
        var expiresAt = sentAt + life;

        // Instances that started together must not refresh together.
        var margin = (long)(Math.Min(refreshBeforeExpiry.TotalMilliseconds, life / 4.0) * (1 - (random.NextDouble() / 5)));

        // A little early, since the server counts from its own clock and a request is under way for a while.
        var early = Math.Min(5_000, life / 10);
        if (margin > 0)
            early = Math.Min(early, margin / 2);
        return new TokenEntry(token, sentAt, expiresAt - Math.Max(margin, early), expiresAt - early, expiresAt) { Certificate = certificate };
    }

    private static double? ReadJwtLifetime(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
            return null;
        try
        {
            var base64 = parts[1].Replace('-', '+').Replace('_', '/');
            using var payload = JsonDocument.Parse(Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '=')));
            var claims = payload.RootElement;
            return claims.ValueKind == JsonValueKind.Object
                && claims.TryGetProperty("exp", out var exp) && exp.ValueKind == JsonValueKind.Number
                && claims.TryGetProperty("iat", out var iat) && iat.ValueKind == JsonValueKind.Number
                && exp.GetDouble() - iat.GetDouble() is >= Shortest and var life
                && double.IsFinite(life) ? life : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            // No JWT, or one with a name in it that is no valid text.
            return null;
        }
    }
}
