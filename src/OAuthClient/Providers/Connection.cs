using System.Collections;

namespace OAuthClient;

/// <summary>
/// A connection's values as found in the environment. Choreo writes <c>CHOREO_&lt;NAME&gt;_&lt;KEY&gt;</c>, Devant <c>Devant_&lt;NAME&gt;_&lt;KEY&gt;</c>;
/// the API key's variable is printed with and without the second underscore; dashes in names become underscores; case varies.
/// </summary>
internal sealed record Connection(string? ServiceUrl, string? ConsumerKey, string? ConsumerSecret, string? TokenUrl, string? ApiKey)
{
    public const string ApiKeyHeaderName = "Choreo-API-Key";

    private static readonly string[] _platforms = ["CHOREO", "DEVANT"];

    /// <summary>True where the connection has project visibility: its service is called without a token.</summary>
    public bool WantsNoToken => this is { ConsumerKey: null, ConsumerSecret: null, TokenUrl: null };

    /// <summary>Reads a connection. A variable that <paramref name="names"/> tells and that is not there goes to <paramref name="missing"/>.</summary>
    public static Connection Read(string name, ConnectionVariables? names, IDictionary environment, List<string> missing)
    {
        var variables = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in environment)
        {
            if (variable.Value is string value && !string.IsNullOrWhiteSpace(value))
                variables[(string)variable.Key] = value.Trim();
        }

        var prefixes = Array.ConvertAll(_platforms, platform => Prefix(platform, name));
        var used = Array.Find(prefixes, prefix => variables.Keys.Any(key => key.StartsWith(prefix + "_", StringComparison.OrdinalIgnoreCase)));
        var connection = new Connection(
            Find(names?.ServiceUrl, "_SERVICEURL"),
            Find(names?.ConsumerKey, "_CONSUMERKEY"),
            Find(names?.ConsumerSecret, "_CONSUMERSECRET"),
            Find(names?.TokenUrl, "_TOKENURL"),
            Find(names?.ApiKey, "_CHOREOAPIKEY", "CHOREOAPIKEY", "_DEVANTAPIKEY", "DEVANTAPIKEY"));
        if (connection.ServiceUrl is null && names?.ServiceUrl is null)
            missing.Add(string.Join(" or ", prefixes.Select(prefix => prefix + "_SERVICEURL")));
        return connection;

        string? Find(string? ownName, params string[] keys)
        {
            if (ownName is not null)
            {
                if (!variables.TryGetValue(ownName, out var own))
                    missing.Add(ownName);
                return own;
            }

            var key = used is null ? null : Array.Find(keys, key => variables.ContainsKey(used + key));
            return key is null ? null : variables[used + key];
        }
    }

    private static string Prefix(string platform, string name) =>
        $"{platform}_{name.Trim().Replace('-', '_').Replace(' ', '_').ToUpperInvariant()}";
}
