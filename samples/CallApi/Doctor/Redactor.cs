using System.Reflection;
using OAuthClient;

namespace CallApi;

/// <summary>Blots out what nobody else may see, whoever has said it.</summary>
internal sealed class Redactor
{
    private const int Shortest = 4; // A shorter one stands in many words by chance.
    private static readonly string[] _names = ["Secret", "Password", "ApiKey", "Token", "Assertion", "PrivateKey"];

    private readonly HashSet<string> _secrets = new(StringComparer.Ordinal);

    public void Add(string? secret)
    {
        if (secret is { Length: >= Shortest })
            _secrets.UnionWith([secret, Uri.EscapeDataString(secret), secret.Trim()]);
    }

    public void Add(OAuth2ClientOptions options)
    {
        foreach (var property in typeof(OAuth2ClientOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.PropertyType == typeof(string) && _names.Any(name => property.Name.EndsWith(name, StringComparison.Ordinal))))
            Add((string?)property.GetValue(options));
        foreach (var value in options.CredentialHeaders.Values)
            Add(value);
        Add(options.Username);
        foreach (var (_, value) in options.Parameters.Where(parameter => parameter.Key.Contains("token", StringComparison.OrdinalIgnoreCase)))
            Add(value);
    }

    public string? Clean(string? text)
    {
        foreach (var secret in _secrets.OrderByDescending(secret => secret.Length).Where(secret => secret.Length >= Shortest))
            text = text?.Replace(secret, "***", StringComparison.Ordinal);
        return text is null ? null : string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(ApiFailure.Clean));
    }
}
