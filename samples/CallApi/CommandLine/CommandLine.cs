namespace CallApi;

/// <summary>The command line, read strictly: .NET's own provider takes a misspelt key in silence, and a switch eats the argument after it.</summary>
internal static class CommandLine
{
    // What a switch takes from the argument after it, which may as well be an address.
    private static readonly string[] _switchValues = ["true", "false", "1", "0", "debug"];

    /// <summary>The arguments by key, and those without one. Messages show keys alone: any value may be a secret.</summary>
    public static (Dictionary<string, string?> Values, IReadOnlyList<(int Position, string Text)> Bare) Parse(string[] args, Syntax syntax)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var bare = new List<(int, string)>();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i].StartsWith("--", StringComparison.Ordinal))
                ReadName(ref i);
            else if (args[i] is ['-', not '-', ..])
                ReadLetters(ref i);
            else
                bare.Add((i + 1, args[i]));
        }

        return (values, bare);

        void ReadName(ref int i)
        {
            var (name, value) = args[i][2..].Split('=', 2) is [var left, var right] ? (left, right) : (args[i][2..], null);
            var key = syntax.Find(name);
            var isSwitch = syntax.Switches.Contains(key);
            if (value is null && i + 1 < args.Length && (isSwitch ? _switchValues.Contains(args[i + 1], StringComparer.OrdinalIgnoreCase) : !args[i + 1].StartsWith("--", StringComparison.Ordinal)))
                value = args[++i];
            Add(key, value ?? (isSwitch ? "true" : throw new SettingsException($"--{name} needs a value. Write --{name}=<value>.")));
        }

        // As curl reads them: -iv, -XPOST, -X POST.
        void ReadLetters(ref int i)
        {
            for (var letters = args[i].AsSpan(1); letters.Length > 0;)
            {
                var (letter, key) = (letters[0], syntax.Find(letters[0]));
                letters = letters[1..];
                if (syntax.Switches.Contains(key))
                {
                    Add(key, "true");
                    continue;
                }

                Add(key, letters.Length > 0 ? letters.ToString() : ++i < args.Length ? args[i] : throw new SettingsException($"-{letter} needs a value. Write -{letter} <value>."));
                return;
            }
        }

        // Headers add up, and so do the parts of a form.
        void Add(string key, string value)
        {
            if (key == "Headers")
                values[$"Headers:argument {values.Count:0000}"] = value;
            else if (key == "Body" && values.TryGetValue(key, out var body) && !$"{body}{value}".Contains('@', StringComparison.Ordinal))
                values[key] = $"{body}&{value}";
            else
                values[key] = value;
        }
    }

    /// <summary>The arguments of a call, or of what looks at one: an address needs no key.</summary>
    public static Dictionary<string, string?> ParseCall(string[] args, Syntax syntax)
    {
        var (values, bare) = Parse(args, syntax);
        foreach (var (position, text) in bare)
        {
            if (!text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) && !text.StartsWith('/'))
                throw new SettingsException($"Argument {position} is neither an option nor an address, which begins with https://, or with / where OAuth2:BaseAddress is set. Put quotes around a value that holds spaces; --help shows the options.");
            if (!values.TryAdd("Url", text))
                throw new SettingsException($"Argument {position} is a second address. Give one; what a value belongs to comes right before it.");
        }

        return values;
    }
}
