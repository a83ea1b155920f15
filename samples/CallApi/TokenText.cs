using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OAuthClient;

namespace CallApi;

/// <summary>Shows what a token says, never the token. Nothing is verified here: that is the API's part.</summary>
internal static class TokenText
{
    private static readonly string[] _times = ["iat", "nbf", "exp", "auth_time"];

    public static string Describe(OAuth2Token token, DateTimeOffset now)
    {
        var text = new StringBuilder();
        var parts = token.Value.Split('.');
        if (parts.Length == 3 && Decode(parts[0]) is { } header && Decode(parts[1]) is { } claims)
        {
            text.Append(CultureInfo.InvariantCulture, $"{token.TokenType} token, a JWT");
            foreach (var member in header.Where(member => member.Name is "alg" or "kid"))
                text.Append(CultureInfo.InvariantCulture, $", {member.Name} {Show(member.Value)}");
            text.AppendLine();
            foreach (var claim in claims)
                text.AppendLine(CultureInfo.InvariantCulture, $"  {claim.Name,-12} {(_times.Contains(claim.Name) ? ShowTime(claim, now) : Show(claim.Value))}");
        }
        else
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{token.TokenType} token, opaque");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"  scope granted: {(string.IsNullOrEmpty(token.Scope) ? "none told" : token.Scope)}");
        return text.Append(CultureInfo.InvariantCulture, $"  used until: {token.ExpiresAt:u}, {ShowDistance(token.ExpiresAt - now)}").ToString();
    }

    /// <summary>The members of one part of a JWT (RFC 7519 §3), or null where it is none.</summary>
    private static JsonProperty[]? Decode(string part)
    {
        try
        {
            var root = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(part));
            return root.ValueKind == JsonValueKind.Object ? [.. root.EnumerateObject()] : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
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
    private static string Show(JsonElement value)
    {
        var json = JsonSerializer.Serialize(value);
        return json is ['"', .. var inner, '"'] && !inner.Contains('\\', StringComparison.Ordinal) ? inner : json;
    }
}
