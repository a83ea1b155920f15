using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Duende.IdentityModel.Client;

namespace OAuthClient.Protocol;

// The members of a token endpoint's JSON answer, success or error (RFC 6749 §5.1, §5.2). Read member by member, since real servers send
// numbers as strings and error codes as numbers; unknown members are skipped. What makes up a token is read strictly: a member that is there
// twice or is no string is a Fault, or two readers could take the same answer for two different tokens.
internal sealed class TokenAnswer : ProtocolResponse
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal); // Which of the members that make up a token have been read.
    public string? Fault { get; private set; } // Why the answer must not be taken for a token, as the end of a sentence about it; null where nothing is wrong.
    public string? AccessToken { get; private set; }
    public string? TokenType { get; private set; }
    public string? Scope { get; private set; }
    public string? RefreshToken { get; private set; }
    public double? ExpiresIn { get; private set; } // The wire seconds; null where missing or unreadable.
    public new string? Error { get; private set; }
    public string? ErrorDescription { get; private set; }
    public bool NamesError { get; private set; } // True where it names an OAuth error, beside which some servers send a token that is none.
    public string?[] Secrets { get; set; } = []; // What was sent or issued and must not appear where the answer is told of.
    public X509Certificate2? Certificate { get; set; } // What the connection presented that it came over.
    public long SentAt { get; set; } // When it was asked for, on the engine's clock.
    public bool IsObject { get; private set; } // False for what is no JSON object, of which nothing is to be believed.

    protected override Task InitializeAsync(object? initializationData = null)
    {
        try
        {
            if (Json is not { ValueKind: JsonValueKind.Object } answer)
                return Task.CompletedTask;
            foreach (var member in answer.EnumerateObject())
                Read(member.Name, member.Value);
            IsObject = true;
        }
        catch (InvalidOperationException)
        {
            // A text with half a character in it.
        }

        return Task.CompletedTask;
    }

    private void Read(string name, JsonElement value)
    {
        if (name is "access_token" or "token_type" or "scope" or "refresh_token" or "expires_in" && !_read.Add(name))
            Fault ??= $"holds the member {name} twice";
        switch (name)
        {
            case "access_token": AccessToken = ReadString(name, value); break;
            case "token_type": TokenType = ReadString(name, value); break;
            case "scope": Scope = ReadScope(name, value); break;
            case "refresh_token": RefreshToken = ReadString(name, value); break;
            case "expires_in": ExpiresIn = ReadSeconds(value); break;
            case "error":
                Error = ReadText(value) ?? Error;
                NamesError |= value.ValueKind == JsonValueKind.String && ReadText(value) is not null;
                break;
            case "error_description": ErrorDescription = ReadText(value) ?? ErrorDescription; break;

            // What proxies say in place of the two above, or beside them.
            case "code": Error ??= ReadText(value); break;
            case "description": ErrorDescription ??= ReadText(value); break;
        }
    }

    private string? ReadString(string name, JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            Fault ??= $"holds the member {name}, but not as a string";
        return ReadText(value);
    }

    private string? ReadScope(string name, JsonElement value) =>
        value.ValueKind != JsonValueKind.Array ? ReadString(name, value)
        : string.Join(' ', value.EnumerateArray().Select(item => ReadString(name, item)).OfType<string>()) is { Length: > 0 } scopes ? scopes
        : null;

    // A number, or a string that holds one; null for anything else, for which there is the default life of a token.
    private static double? ReadSeconds(JsonElement value) =>
        double.TryParse(ReadText(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds) ? seconds : null;

    private static string? ReadText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : null,
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };
}
