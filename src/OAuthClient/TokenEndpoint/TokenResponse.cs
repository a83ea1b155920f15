using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OAuthClient.TokenEndpoint;

/// <summary>
/// The members of a token endpoint's JSON answer, success or error (RFC 6749 §5.1, §5.2). Read member by member, since real servers
/// send numbers as strings and strings as numbers; unknown members are skipped, and of a repeated member the last one counts.
/// </summary>
internal sealed class TokenResponse
{
    public string? AccessToken { get; private set; }

    public string? TokenType { get; private set; }

    public string? Scope { get; private set; }

    public string? RefreshToken { get; private set; }

    /// <summary>The wire seconds; null where missing or unreadable.</summary>
    public double? ExpiresIn { get; private set; }

    public string? Error { get; private set; }

    public string? ErrorDescription { get; private set; }

    /// <summary>What was sent or issued and must not appear where the answer is told of.</summary>
    public string?[] Secrets { get; set; } = [];

    /// <summary>Reads an answer; null where it is no JSON object.</summary>
    public static TokenResponse? Parse(ReadOnlySpan<byte> body)
    {
        if (body.StartsWith(Encoding.UTF8.Preamble))
            body = body[Encoding.UTF8.Preamble.Length..];
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            var response = new TokenResponse();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                response.ReadMember(ref reader);
            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() ? response : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string that is no valid UTF-8.
            return null;
        }
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        var name = reader.GetString();
        reader.Read();
        switch (name)
        {
            case "access_token": AccessToken = ReadText(ref reader); break;
            case "token_type": TokenType = ReadText(ref reader); break;
            case "scope": Scope = ReadScope(ref reader); break;
            case "refresh_token": RefreshToken = ReadText(ref reader); break;
            case "expires_in": ExpiresIn = double.TryParse(ReadText(ref reader), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds) ? seconds : null; break;
            case "error": Error = ReadText(ref reader) ?? Error; break;
            case "error_description": ErrorDescription = ReadText(ref reader) ?? ErrorDescription; break;

            // What proxies say in place of the two above, or beside them.
            case "code" when Error is null: Error = ReadText(ref reader); break;
            case "description" when ErrorDescription is null: ErrorDescription = ReadText(ref reader); break;
            default: reader.Skip(); break;
        }
    }

    /// <summary>A string, or a number in its own spelling; null for anything else.</summary>
    private static string? ReadText(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString() is { Length: > 0 } text ? text : null;
            case JsonTokenType.Number:
                return Encoding.UTF8.GetString(reader.ValueSpan);
            default:
                reader.Skip();
                return null;
        }
    }

    /// <summary>A space-delimited string, or an array of strings as some servers send it.</summary>
    private static string? ReadScope(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return ReadText(ref reader);
        var scopes = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (ReadText(ref reader) is { } scope)
                scopes.Add(scope);
        }

        return scopes.Count == 0 ? null : string.Join(' ', scopes);
    }
}
