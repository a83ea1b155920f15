using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OAuthClient;

namespace CallApi;

/// <summary>Shows what a token says, never the token. Nothing is verified here: that is the API's part.</summary>
internal static class TokenText
{
    private static readonly string[] _times = ["iat", "nbf", "exp", "auth_time"];
    private static readonly JsonWebTokenHandler _reader = new();

    public static string Describe(OAuth2Token token, DateTimeOffset now)
    {
        var text = new StringBuilder();
        if (Read(token.Value) is var (jwt, claims))
        {
            text.Append(CultureInfo.InvariantCulture, $"{token.TokenType} token, a JWT");
            foreach (var (name, value) in new[] { (JwtHeaderParameterNames.Alg, jwt.Alg), (JwtHeaderParameterNames.Kid, jwt.Kid) }.Where(member => member.Item2.Length > 0))
                text.Append(CultureInfo.InvariantCulture, $", {name} {Show(value)}");
            text.AppendLine();
            foreach (var claim in claims.EnumerateObject())
                text.AppendLine(CultureInfo.InvariantCulture, $"  {claim.Name,-12} {(_times.Contains(claim.Name) ? ShowTime(claim, now) : Show(claim.Value))}");
        }
        else
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{token.TokenType} token, opaque");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"  scope granted: {(string.IsNullOrEmpty(token.Scope) ? "none told" : token.Scope)}");
        return text.Append(CultureInfo.InvariantCulture, $"  used until: {token.ExpiresAt:u}, {ShowDistance(token.ExpiresAt - now)}").ToString();
    }

    /// <summary>A JWT and its claims as they were sent; null where nothing can be read: an opaque token, or a JWT that is encrypted.</summary>
    public static (JsonWebToken Jwt, JsonElement Claims)? Read(string token)
    {
        try
        {
            return _reader.CanReadToken(token) && _reader.ReadJsonWebToken(token) is { IsEncrypted: false } jwt
                ? (jwt, JsonSerializer.Deserialize<JsonElement>(Base64UrlEncoder.DecodeBytes(jwt.EncodedPayload)))
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or JsonException)
        {
            return null;
        }
    }

    private static string ShowTime(JsonProperty claim, DateTimeOffset now)
    {
        if (claim.Value.ValueKind != JsonValueKind.Number || !claim.Value.TryGetDouble(out var seconds) || seconds is < 0 or > 253_402_300_799)
            return Show(claim.Value);
        var time = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        return claim.Name == "exp" ? $"{time:u}, {ShowDistance(time - now)}" : $"{time:u}";
    }

    private static string ShowDistance(TimeSpan left) => left > TimeSpan.Zero
        ? string.Create(CultureInfo.InvariantCulture, $"expires in {Math.Floor(left.TotalHours):00}:{left:mm\\:ss}")
        : "expired";

    // As JSON, a text holds no control characters that could move a terminal's cursor.
    private static string Show<T>(T value)
    {
        var json = JsonSerializer.Serialize(value);
        return json is ['"', .. var inner, '"'] && !inner.Contains('\\', StringComparison.Ordinal) ? inner : json;
    }
}
