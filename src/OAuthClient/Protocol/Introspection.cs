namespace OAuthClient.Protocol;

// Reads what a server says of a token (RFC 7662 §2.2).
internal static class Introspection
{
    // Null where the answer does not say whether the token is good.
    public static OAuth2TokenIntrospection? Read(JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Object } answer || !answer.TryGetProperty("active", out var active) || active.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return null;
        return new OAuth2TokenIntrospection
        {
            IsActive = active.GetBoolean(),
            Scope = GetText("scope"),
            ClientId = GetText("client_id"),
            Username = GetText("username"),
            TokenType = GetText("token_type"),
            Subject = GetText("sub"),
            Issuer = GetText("iss"),
            IssuedAt = GetTime("iat"),
            ExpiresAt = GetTime("exp"),
            Audience = answer.TryGetProperty("aud", out var audience) && audience.ValueKind == JsonValueKind.Array
                ? [.. audience.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(SafeText.Read).OfType<string>()]
                : GetText("aud") is { } one ? [one] : [],
        };

        string? GetText(string name) => answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? SafeText.Read(value) : null;

        // Within the years that a DateTimeOffset has.
        DateTimeOffset? GetTime(string name) =>
            answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 0 and < 253_402_300_800 and var seconds
                ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
                : null;
    }
}
