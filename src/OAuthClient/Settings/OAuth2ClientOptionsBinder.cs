using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace OAuthClient.Settings;

// Binds a configuration section. The stock binder skips misspelt keys and a list that was written as one string, reads "30" as 30 days, and
// its errors name no client; this one hands every problem to the validator.
internal static class OAuth2ClientOptionsBinder
{
    private const int MaxDistance = 3; // How many letters may be wrong in a key for a setting to be suggested.

    private static readonly Dictionary<string, PropertyInfo> _settings = typeof(OAuth2ClientOptions).GetProperties()
        .Where(property => !typeof(Delegate).IsAssignableFrom(property.PropertyType))
        .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);

    // defaults: What holds for a setting that the configuration does not have; a setting is taken from the one or the other as a whole.
    public static void Bind(IConfiguration configuration, OAuth2ClientOptions options, IConfiguration? defaults = null)
    {
        var isEmpty = true;
        foreach (var section in configuration.GetChildren().Concat(defaults?.GetChildren().Where(shared => !configuration.GetSection(shared.Key).Exists()) ?? []))
        {
            isEmpty = false;
            if (!_settings.TryGetValue(section.Key, out var setting))
                options.BindingErrors.Add($"{section.Path} is no setting of an OAuth2 client{Suggest(section.Key)}");
            else if (setting.GetValue(options) is IList<string> list)
                BindList(options, list, section);
            else if (setting.GetValue(options) is IList<int> numbers)
                BindNumbers(options, numbers, section);
            else if (setting.GetValue(options) is IDictionary<string, string> fields)
                BindFields(options, fields, section);
            else
                BindValue(options, setting, section);
        }

        if (isEmpty && configuration is IConfigurationSection { Path: var path })
            options.BindingErrors.Add($"The configuration section '{path}' is missing or empty.");
    }

    private static void BindValue(OAuth2ClientOptions options, PropertyInfo setting, IConfigurationSection section)
    {
        var text = ReadValue(options, section);

        // Nothing is no value, but for the scheme, which may be none.
        if (text is null || (string.IsNullOrWhiteSpace(text) && setting.Name != nameof(OAuth2ClientOptions.HeaderScheme)))
            return;
        var (value, expected) = Parse(Nullable.GetUnderlyingType(setting.PropertyType) ?? setting.PropertyType, text, text.Trim());
        if (value is null)
            options.BindingErrors.Add($"{section.Path} must be {expected}, but is '{SafeText.ShowAddress(text.Trim())}'.");
        else
            setting.SetValue(options, value);
    }

    private static (object? Value, string Expected) Parse(Type type, string raw, string text)
    {
        if (type == typeof(string))
            return (raw, "");
        if (type == typeof(Uri))
            return (Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : null, "an absolute URI such as 'https://server.example/path'");
        if (type == typeof(bool))
            return (bool.TryParse(text, out var flag) ? flag : null, "true or false");
        if (type == typeof(int))
            return (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null, "a whole number");
        if (type.IsEnum)
        {
            // The registered wire values differ from the names by their underscores alone. Enum.Parse would take numbers and lists too.
            var names = Enum.GetNames(type);
            var name = Array.Find(names, name => name.Equals(text.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase));
            return (name is null ? null : Enum.Parse(type, name), $"one of {string.Join(", ", names)}");
        }

        // A bare number is read by .NET as days.
        return (
            text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null,
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 86_400
                ? $"hours, minutes and seconds; for {seconds} seconds write '{TimeSpan.FromSeconds(seconds):c}'"
                : "hours, minutes and seconds such as '00:00:30'");
    }

    private static void BindList(OAuth2ClientOptions options, IList<string> list, IConfigurationSection section)
    {
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
        foreach (var item in values.SelectMany(value => (value ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(known.Add))
            list.Add(item);
    }

    private static void BindNumbers(OAuth2ClientOptions options, IList<int> list, IConfigurationSection section)
    {
        var texts = new List<string>();
        BindList(options, texts, section);
        foreach (var text in texts)
        {
            if (Parse(typeof(int), text, text) is (int number, _))
                list.Add(number);
            else
                options.BindingErrors.Add($"{section.Path} must hold whole numbers, but holds '{SafeText.Shorten(text)}'.");
        }
    }

    private static void BindFields(OAuth2ClientOptions options, IDictionary<string, string> fields, IConfigurationSection section)
    {
        if (!string.IsNullOrWhiteSpace(section.Value))
            options.BindingErrors.Add($"{section.Path} must hold one key for each {(fields == options.Parameters ? "form field" : "header")}, but is a single value.");

        // A colon in a key, as in a URN, makes configuration nest; the field's name is what the path says.
        foreach (var (name, value) in section.AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null))
            fields[name] = value!;
    }

    private static string? ReadValue(OAuth2ClientOptions options, IConfigurationSection section)
    {
        if (section.Value is null && section.GetChildren().Any())
            options.BindingErrors.Add($"{section.Path} must be a single value, but holds keys of its own.");
        return section.Value;
    }

    private static string Suggest(string key)
    {
        var nearest = _settings.Keys.MinBy(name => Distance(name, key))!;
        return Distance(nearest, key) <= MaxDistance ? $"; did you mean {nearest}?" : ".";
    }

    // How many letters one has and the other has not; their order, in which keys are misspelt most, does not count. Allocates nothing.
    private static int Distance(string left, string right)
    {
        Span<int> surplus = stackalloc int[128];
        foreach (var letter in left)
            surplus[char.ToUpperInvariant(letter) % surplus.Length]++;
        foreach (var letter in right)
            surplus[char.ToUpperInvariant(letter) % surplus.Length]--;
        var distance = 0;
        foreach (var count in surplus)
            distance += Math.Abs(count);
        return distance;
    }
}
