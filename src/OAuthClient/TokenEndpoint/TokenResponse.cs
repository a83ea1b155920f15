using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OAuthClient.TokenEndpoint;

/// <summary>
/// The members of a token endpoint's JSON answer, success or error (RFC 6749 §5.1, §5.2). Read member by member, since real servers
/// send numbers as strings and error codes as numbers; unknown members are skipped. What makes up a token is read strictly: a member that
/// is there twice or is no string is a <see cref="Fault"/>, or two readers could take the same answer for two different tokens.
/// </summary>
internal sealed class TokenResponse
{
    // Which of the members that make up a token have been read.
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>Why the answer must not be taken for a token, as the end of a sentence about it; null where nothing is wrong.</summary>
    public string? Fault { get; private set; }

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
            case "access_token": AccessToken = ReadString(ref reader, name); break;
            case "token_type": TokenType = ReadString(ref reader, name); break;
            case "scope": Scope = ReadScope(ref reader, name); break;
            case "refresh_token": RefreshToken = ReadString(ref reader, name); break;
            case "expires_in": ExpiresIn = ReadSeconds(ref reader, name); break;
            case "error": Error = ReadText(ref reader) ?? Error; break;
            case "error_description": ErrorDescription = ReadText(ref reader) ?? ErrorDescription; break;

            // What proxies say in place of the two above, or beside them.
            case "code" when Error is null: Error = ReadText(ref reader); break;
            case "description" when ErrorDescription is null: ErrorDescription = ReadText(ref reader); break;
            default: reader.Skip(); break;
        }
    }

    /// <summary>A string; null where it is empty or null. Anything else is a fault.</summary>
    private string? ReadString(ref Utf8JsonReader reader, string name)
    {
        NoteOnce(name);
        return ReadItem(ref reader, name);
    }

    /// <summary>A space-delimited string, or an array of strings as some servers send it.</summary>
    private string? ReadScope(ref Utf8JsonReader reader, string name)
    {
        NoteOnce(name);
        if (reader.TokenType != JsonTokenType.StartArray)
            return ReadItem(ref reader, name);
        var scopes = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (ReadItem(ref reader, name) is { } scope)
                scopes.Add(scope);
        }

        return scopes.Count == 0 ? null : string.Join(' ', scopes);
    }

    /// <summary>A number, or a string that holds one; null for anything else, for which there is the default life of a token.</summary>
    private double? ReadSeconds(ref Utf8JsonReader reader, string name)
    {
        NoteOnce(name);
        return double.TryParse(ReadText(ref reader), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds) ? seconds : null;
    }

    private string? ReadItem(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
            Fault ??= $"holds the member {name}, but not as a string";
        return ReadText(ref reader);
    }

    private void NoteOnce(string name)
    {
        if (!_read.Add(name))
            Fault ??= $"holds the member {name} twice";
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
}
