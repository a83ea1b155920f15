using System.Collections;

namespace OAuthClient.Settings;

// A connection's values as found in the environment. Choreo writes CHOREO_<NAME>_<KEY>, Devant Devant_<NAME>_<KEY>; the API key's variable is
// printed with and without the second underscore; dashes in names become underscores; case varies.
internal sealed class Connection
{
    public const string ApiKeyHeaderName = "Choreo-API-Key";

    private static readonly string[] _platforms = ["CHOREO", "DEVANT"];
    private static readonly string[] _apiKeyEndings = ["_CHOREOAPIKEY", "CHOREOAPIKEY", "_DEVANTAPIKEY", "DEVANTAPIKEY"];
    private static readonly string[] _endings = ["_SERVICEURL", "_CONSUMERKEY", "_CONSUMERSECRET", "_TOKENURL", .. _apiKeyEndings];

    private readonly Dictionary<string, string> _variables = new(StringComparer.OrdinalIgnoreCase);
    private readonly string[] _prefixes;
    private readonly ConnectionVariables? _names;

    public Connection(string name, ConnectionVariables? names, IDictionary environment)
    {
        _names = names;
        foreach (DictionaryEntry variable in environment)
        {
            if (variable.Value is string value && !string.IsNullOrWhiteSpace(value))
                _variables[(string)variable.Key] = value.Trim();
        }

        _prefixes = Array.ConvertAll(_platforms, platform => Prefix(platform, name));
        if (Array.Find(_prefixes, IsUsed) is { } used)
            _prefixes = [used];
        else
            IsAbsent = names is null or { ServiceUrl: null, ConsumerKey: null, ConsumerSecret: null, TokenUrl: null, ApiKey: null };
    }

    public Variable ServiceUrl => Find(_names?.ServiceUrl, "_SERVICEURL");
    public Variable ConsumerKey => Find(_names?.ConsumerKey, "_CONSUMERKEY");
    public Variable ConsumerSecret => Find(_names?.ConsumerSecret, "_CONSUMERSECRET");
    public Variable TokenUrl => Find(_names?.TokenUrl, "_TOKENURL");
    public Variable ApiKey => Find(_names?.ApiKey, _apiKeyEndings);
    public bool IsAbsent { get; } // True where the environment holds nothing of the connection, and no names of one's own say where else to look.

    public string Prefixes => string.Join(" or ", _prefixes.Select(prefix => prefix + "_"));

    public bool WantsNoToken =>
        ServiceUrl.Value is not null && ConsumerKey.IsUnknown && ConsumerSecret.IsUnknown && TokenUrl.IsUnknown;

    private bool IsUsed(string prefix) => Array.Exists(_endings, ending => _variables.ContainsKey(prefix + ending));

    private Variable Find(string? ownName, params string[] endings)
    {
        if (ownName is not null)
            return new Variable(ownName, _variables.GetValueOrDefault(ownName), IsMapped: true);
        var found = endings.Select(ending => _prefixes[0] + ending).FirstOrDefault(_variables.ContainsKey);
        return new Variable(string.Join(" or ", _prefixes.Select(prefix => prefix + endings[0])), found is null ? null : _variables[found], IsMapped: false);
    }

    private static string Prefix(string platform, string name) =>
        $"{platform}_{name.Trim().Replace('-', '_').Replace(' ', '_').ToUpperInvariant()}";

    // IsMapped: True where the user gave the variable's name, and so means it to be there.
    public sealed record Variable(string Name, string? Value, bool IsMapped)
    {
        public bool IsUnknown => Value is null && !IsMapped;

        // Not the value, which may be a secret.
        public override string ToString() => Name;
    }
}
