using OAuthClient;

namespace CallApi;

/// <summary>The options of one command.</summary>
internal sealed class Syntax
{
    private const string Section = "OAuth2:";

    /// <summary>Those of a call: the program's settings, and beside them curl's names for some.</summary>
    public static readonly Syntax Call = new()
    {
        Keys = CallSettings.Keys,
        Switches = CallSettings.Switches,
        Letters = new()
        {
            ['X'] = "Method",
            ['d'] = "Body",
            ['H'] = "Headers",
            ['i'] = "Include",
            ['o'] = "Output",
            ['v'] = "Verbose",
            ['s'] = "Silent",
            ['L'] = "FollowRedirects",
            ['m'] = "Timeout",
            ['x'] = "Proxy",
            ['p'] = "Profile",
        },
        Names = new(StringComparer.OrdinalIgnoreCase)
        {
            ["request"] = "Method",
            ["data"] = "Body",
            ["data-raw"] = "Body",
            ["data-binary"] = "Body",
            ["header"] = "Headers",
            ["location"] = "FollowRedirects",
            ["max-time"] = "Timeout",
        },
        HasClients = true,
    };

    /// <summary>Those of curl that are left out for a reason.</summary>
    private static readonly Dictionary<string, string> _refused = new(StringComparer.Ordinal)
    {
        ["k"] = "-k is not for tokens: whoever stands in between could take them. Have the server's certificate checked against the authority that issued it: --cacert <file>, in PEM.",
        ["u"] = "-u is not there, since a command line can be read by others. Set OAuth2:ClientId, and the secret in OAuth2__ClientSecret or OAuth2:ClientSecretFile.",
        ["oauth2-bearer"] = "--oauth2-bearer is not there: the token comes from the client that the section OAuth2 describes, and is renewed by itself.",
    };

    public required IReadOnlyCollection<string> Keys { get; init; }

    /// <summary>The keys that need no value.</summary>
    public IReadOnlyCollection<string> Switches { get; init; } = [];

    public Dictionary<char, string> Letters { get; init; } = [];

    /// <summary>Further names of some keys.</summary>
    public Dictionary<string, string> Names { get; init; } = [];

    /// <summary>True where the sections OAuth2 and Clients may be given.</summary>
    public bool HasClients { get; init; }

    /// <summary>The same with a switch of a command's own.</summary>
    public Syntax With(string key) => new() { Keys = [.. Keys, key], Switches = [.. Switches, key], Letters = Letters, Names = Names, HasClients = HasClients };

    /// <summary>The key that a name stands for.</summary>
    public string Find(string name)
    {
        var key = name.Replace("__", ":", StringComparison.Ordinal);
        if (HasClients && IsOfClient(key))
            return key;
        if ((Names.GetValueOrDefault(key) ?? Keys.FirstOrDefault(own => own.Equals(key, StringComparison.OrdinalIgnoreCase))) is { } known)
            return known;
        Refuse(name switch { "insecure" => "k", "user" => "u", _ => name });
        throw new SettingsException($"--{key} is not known{Suggest(key)} Run with --help to see the options.");
    }

    public string Find(char letter)
    {
        if (Letters.TryGetValue(letter, out var key))
            return key;
        Refuse($"{letter}");
        var other = Letters.Keys.FirstOrDefault(known => char.ToUpperInvariant(known) == char.ToUpperInvariant(letter));
        throw new SettingsException($"-{letter} is not known{(other == default ? "." : $"; did you mean -{other}?")} Run with --help to see the options.");
    }

    private void Refuse(string name)
    {
        if (HasClients && _refused.TryGetValue(name, out var reason))
            throw new SettingsException(reason);
    }

    /// <summary>True for keys that are the library's to check: those of OAuth2, and those of a section under Clients.</summary>
    private static bool IsOfClient(string key) => key.StartsWith(Section, StringComparison.OrdinalIgnoreCase)
        || (key.StartsWith(FurtherClients.Section + ":", StringComparison.OrdinalIgnoreCase) && key.Split(':') is [_, not "", not "", ..]);

    /// <summary>What was probably meant: one of the program's own, one of the section that lacks its prefix, or one of a further client.</summary>
    private string Suggest(string key)
    {
        if (HasClients && Suggestion.Distance(FurtherClients.Section, key.Split(':')[0]) <= 1)
            return $"; for a setting of a further client write --{FurtherClients.Section}:<name>:<setting>.";
        var meant = Suggestion.Find(key, Keys.Concat(Names.Keys).Concat(HasClients ? typeof(OAuth2ClientOptions).GetProperties().Select(property => property.Name) : []));
        return meant is null ? "." : $"; did you mean --{(Keys.Contains(meant) || Names.ContainsKey(meant) ? meant : Section + meant)}?";
    }
}
