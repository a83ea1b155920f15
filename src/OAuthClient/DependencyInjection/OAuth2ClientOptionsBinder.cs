using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace OAuthClient.DependencyInjection;

// Binds a configuration section. The stock binder skips misspelt keys and a list that was written as one string, reads "30" as 30 days, and
// its errors name no client; this one hands every problem to the validator.
internal static class OAuth2ClientOptionsBinder
{
    // How many letters may be wrong in a key for a setting to be suggested.
    private const int MaxDistance = 3;

    private delegate void Setter(OAuth2ClientOptions options, IConfigurationSection section);

    private static readonly Dictionary<string, Setter> _setters = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(OAuth2ClientOptions.Provider)] = Text((o, value) => o.Provider = value),
        [nameof(OAuth2ClientOptions.Organization)] = Text((o, value) => o.Organization = value),
        [nameof(OAuth2ClientOptions.Region)] = Text((o, value) => o.Region = value),
        [nameof(OAuth2ClientOptions.Connection)] = Text((o, value) => o.Connection = value),
        [nameof(OAuth2ClientOptions.TokenEndpoint)] = AbsoluteUri((o, value) => o.TokenEndpoint = value),
        [nameof(OAuth2ClientOptions.RevocationEndpoint)] = AbsoluteUri((o, value) => o.RevocationEndpoint = value),
        [nameof(OAuth2ClientOptions.Issuer)] = AbsoluteUri((o, value) => o.Issuer = value),
        [nameof(OAuth2ClientOptions.ClientId)] = Text((o, value) => o.ClientId = value),
        [nameof(OAuth2ClientOptions.ClientSecret)] = Text((o, value) => o.ClientSecret = value),
        [nameof(OAuth2ClientOptions.ClientSecretFile)] = Text((o, value) => o.ClientSecretFile = value),
        [nameof(OAuth2ClientOptions.ClientAuthenticationMethod)] = Choice<ClientAuthenticationMethod>((o, value) => o.ClientAuthenticationMethod = value),
        [nameof(OAuth2ClientOptions.BasicCredentialEncoding)] = Choice<BasicCredentialEncoding>((o, value) => o.BasicCredentialEncoding = value),
        [nameof(OAuth2ClientOptions.GrantType)] = Text((o, value) => o.GrantType = value),
        [nameof(OAuth2ClientOptions.Username)] = Text((o, value) => o.Username = value),
        [nameof(OAuth2ClientOptions.Password)] = Text((o, value) => o.Password = value),
        [nameof(OAuth2ClientOptions.Scopes)] = List(o => o.Scopes),
        [nameof(OAuth2ClientOptions.Resources)] = List(o => o.Resources),
        [nameof(OAuth2ClientOptions.Audience)] = Text((o, value) => o.Audience = value),
        [nameof(OAuth2ClientOptions.Parameters)] = BindParameters,
        [nameof(OAuth2ClientOptions.HeaderName)] = Text((o, value) => o.HeaderName = value),
        [nameof(OAuth2ClientOptions.HeaderScheme)] = TextOrEmpty((o, value) => o.HeaderScheme = value),
        [nameof(OAuth2ClientOptions.ApiKey)] = Text((o, value) => o.ApiKey = value),
        [nameof(OAuth2ClientOptions.ApiKeyHeaderName)] = Text((o, value) => o.ApiKeyHeaderName = value),
        [nameof(OAuth2ClientOptions.BaseAddress)] = AbsoluteUri((o, value) => o.BaseAddress = value),
        [nameof(OAuth2ClientOptions.AllowedOrigins)] = List(o => o.AllowedOrigins),
        [nameof(OAuth2ClientOptions.AllowInsecureHttp)] = Boolean((o, value) => o.AllowInsecureHttp = value),
        [nameof(OAuth2ClientOptions.RefreshBeforeExpiry)] = Duration((o, value) => o.RefreshBeforeExpiry = value),
        [nameof(OAuth2ClientOptions.DefaultTokenLifetime)] = Duration((o, value) => o.DefaultTokenLifetime = value),
        [nameof(OAuth2ClientOptions.TokenRequestTimeout)] = Duration((o, value) => o.TokenRequestTimeout = value),
        [nameof(OAuth2ClientOptions.TransientFailureWait)] = Duration((o, value) => o.TransientFailureWait = value),
        [nameof(OAuth2ClientOptions.MaxRequestContentBufferSize)] = Number((o, value) => o.MaxRequestContentBufferSize = value),
        [nameof(OAuth2ClientOptions.MaxTokens)] = Number((o, value) => o.MaxTokens = value),
        [nameof(OAuth2ClientOptions.DeviceScope)] = Text((o, value) => o.DeviceScope = value),
        [nameof(OAuth2ClientOptions.RequireAllScopes)] = Boolean((o, value) => o.RequireAllScopes = value),
    };

    public static void Bind(IConfiguration configuration, OAuth2ClientOptions options)
    {
        var isEmpty = true;
        foreach (var section in configuration.GetChildren())
        {
            isEmpty = false;
            if (_setters.TryGetValue(section.Key, out var set))
                set(options, section);
            else
                options.BindingErrors.Add($"{section.Path} is no setting of an OAuth2 client{Suggest(section.Key)}");
        }

        if (isEmpty && configuration is IConfigurationSection { Path: var path })
            options.BindingErrors.Add($"The configuration section '{path}' is missing or empty.");
    }

    private static Setter Text(Action<OAuth2ClientOptions, string> set) => (options, section) =>
    {
        if (ReadValue(options, section) is { } value && !string.IsNullOrWhiteSpace(value))
            set(options, value);
    };

    private static Setter TextOrEmpty(Action<OAuth2ClientOptions, string> set) => (options, section) =>
    {
        if (ReadValue(options, section) is { } value)
            set(options, value);
    };

    private static Setter AbsoluteUri(Action<OAuth2ClientOptions, Uri> set) =>
        Parsed<Uri>(set, text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : null, _ => "an absolute URI such as 'https://server.example/path'");

    private static Setter Boolean(Action<OAuth2ClientOptions, bool> set) =>
        Parsed<object>((o, value) => set(o, (bool)value), text => bool.TryParse(text, out var value) ? value : null, _ => "true or false");

    private static Setter Number(Action<OAuth2ClientOptions, int> set) =>
        Parsed<object>((o, value) => set(o, (int)value), text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null, _ => "a whole number");

    private static Setter Choice<TEnum>(Action<OAuth2ClientOptions, TEnum> set)
        where TEnum : struct, Enum =>
        Parsed<object>(
            (o, value) => set(o, (TEnum)value),
            // The registered wire values differ from the names by their underscores alone. Enum.Parse would take numbers and lists too.
            text => Array.Find(Enum.GetNames<TEnum>(), name => name.Equals(text.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is { } name ? Enum.Parse<TEnum>(name) : null,
            _ => $"one of {string.Join(", ", Enum.GetNames<TEnum>())}");

    // A bare number is read by .NET as days.
    private static Setter Duration(Action<OAuth2ClientOptions, TimeSpan> set) =>
        Parsed<object>(
            (o, value) => set(o, (TimeSpan)value),
            text => text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null,
            text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 86_400
                ? $"hours, minutes and seconds; for {seconds} seconds write '{TimeSpan.FromSeconds(seconds):c}'"
                : "hours, minutes and seconds such as '00:00:30'");

    private static Setter Parsed<T>(Action<OAuth2ClientOptions, T> set, Func<string, T?> parse, Func<string, string> describe)
        where T : class => (options, section) =>
    {
        if (ReadValue(options, section)?.Trim() is not { Length: > 0 } text)
            return;
        if (parse(text) is { } value)
            set(options, value);
        else
            options.BindingErrors.Add($"{section.Path} must be {describe(text)}, but is '{SafeText.ShowAddress(text)}'.");
    };

    private static Setter List(Func<OAuth2ClientOptions, IList<string>> get) => (options, section) =>
    {
        var list = get(options);
        var known = new HashSet<string>(list, StringComparer.Ordinal);
        var children = section.GetChildren().ToArray();
        if (!string.IsNullOrWhiteSpace(section.Value))
        {
            // Configuration merges its sources: a list in a file and a string in a variable are both there, and neither overrides the other.
            if (children.Length > 0)
                options.BindingErrors.Add($"{section.Path} is a single value, and {children[0].Path} holds an entry of a list, perhaps from another source such as an environment variable. Neither replaces the other; set one of them.");

            // Where a comma belongs to an entry, the entry is written in a list.
            if (section.Value.AsSpan().ContainsAny(',', ';'))
                options.BindingErrors.Add($"{section.Path} is a single value, whose entries are separated by spaces; it holds a comma or semicolon. Write spaces, or a list with an entry for each ({section.Path}:0, {section.Path}:1).");
        }

        var values = children.Select(child => ReadValue(options, child)).Prepend(section.Value);
        foreach (var item in values.SelectMany(value => (value ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
        {
            if (known.Add(item))
                list.Add(item);
        }
    };

    private static void BindParameters(OAuth2ClientOptions options, IConfigurationSection section)
    {
        if (!string.IsNullOrWhiteSpace(section.Value))
            options.BindingErrors.Add($"{section.Path} must hold one key for each form field, but is a single value.");

        // A colon in a key, as in a URN, makes configuration nest; the field's name is what the path says.
        foreach (var (name, value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (value is not null)
                options.Parameters[name] = value;
        }
    }

    private static string? ReadValue(OAuth2ClientOptions options, IConfigurationSection section)
    {
        if (section.Value is null && section.GetChildren().Any())
            options.BindingErrors.Add($"{section.Path} must be a single value, but holds keys of its own.");
        return section.Value;
    }

    private static string Suggest(string key)
    {
        // The distance is at least the difference in length, so that a long key is compared with nothing.
        var nearest = _setters.Keys.Where(name => Math.Abs(name.Length - key.Length) <= MaxDistance).MinBy(name => Distance(name.ToUpperInvariant(), key.ToUpperInvariant()));
        return nearest is not null && Distance(nearest.ToUpperInvariant(), key.ToUpperInvariant()) <= MaxDistance ? $"; did you mean {nearest}?" : ".";
    }

    // The edit distance of Levenshtein.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
