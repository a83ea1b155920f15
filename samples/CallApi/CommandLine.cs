using OAuthClient;

namespace CallApi;

/// <summary>The command line, read strictly: .NET's own provider takes a misspelt key in silence, and a switch eats the argument after it.</summary>
internal static class CommandLine
{
    private const string Section = "OAuth2:";

    /// <summary>The arguments by key. Messages show keys alone: any value may be a secret.</summary>
    public static Dictionary<string, string?> Parse(string[] args)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                throw new SettingsException($"Argument {i + 1} is not of the form --Key=Value. Put quotes around a value that holds spaces; --help shows the keys.");
            var (key, value) = args[i][2..].Split('=', 2) is [var left, var right] ? (left, right) : (args[i][2..], null);
            key = key.Replace("__", ":", StringComparison.Ordinal);
            if (!IsOfClient(key) && !CallSettings.Keys.Contains(key, StringComparer.OrdinalIgnoreCase))
                throw new SettingsException($"--{key} is not known{Suggest(key)} Run with --help to see the keys.");
            if (value is null && i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
                value = args[++i];
            if (value is null && CallSettings.Switches.Contains(key, StringComparer.OrdinalIgnoreCase))
                value = "true";
            values[key] = value ?? throw new SettingsException($"--{key} needs a value. Write --{key}=<value>.");
        }

        return values;
    }

    /// <summary>True for keys that are the library's to check: those of OAuth2, and those of a section under Clients.</summary>
    private static bool IsOfClient(string key) => key.StartsWith(Section, StringComparison.OrdinalIgnoreCase)
        || (key.StartsWith(FurtherClients.Section + ":", StringComparison.OrdinalIgnoreCase) && key.Split(':') is [_, not "", not "", ..]);

    /// <summary>The key that was probably meant: one of the program's own, one of the section that lacks its prefix, or one of a further client.</summary>
    private static string Suggest(string key)
    {
        if (Distance(FurtherClients.Section, key.Split(':')[0]) <= 1)
            return $"; for a setting of a further client write --{FurtherClients.Section}:<name>:<setting>.";
        var (known, distance) = CallSettings.Keys.Select(name => (Known: name, Distance: Distance(name, key)))
            .Concat(typeof(OAuth2ClientOptions).GetProperties().Select(property => (Known: Section + property.Name, Distance: Distance(property.Name, key))))
            .MinBy(candidate => candidate.Distance);
        return distance <= 3 && distance < key.Length ? $"; did you mean --{known}?" : ".";
    }

    /// <summary>The edit distance of Levenshtein, in any case.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var substituted = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
