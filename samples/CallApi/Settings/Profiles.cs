using Microsoft.Extensions.Configuration;

namespace CallApi;

/// <summary>Where the configuration comes from: appsettings.json, the profile, the environment, the command line; later ones win.</summary>
/// <remarks>Files stand beside the program, in the user's own folder, or in the working directory.</remarks>
internal static class Profiles
{
    public static IConfigurationBuilder AddSources(this IConfigurationBuilder builder, IEnumerable<KeyValuePair<string, string?>> commandLine, Terminal terminal)
    {
        string[] directories = [AppContext.BaseDirectory, terminal.UserFolder, terminal.Directory];
        try
        {
            // The profile's name may itself stand in any of the other sources.
            var name = AddAll(new ConfigurationBuilder(), profile: null).Build()["Profile"];
            return AddAll(builder, string.IsNullOrWhiteSpace(name) ? null : Find(name.Trim(), directories));
        }
        catch (InvalidDataException exception)
        {
            throw new SettingsException($"{exception.Message} {exception.GetBaseException().Message}");
        }

        IConfigurationBuilder AddAll(IConfigurationBuilder target, string? profile)
        {
            foreach (var file in new[] { "appsettings.json", profile }.OfType<string>())
            {
                foreach (var directory in directories)
                    target.AddJsonFile(Path.Combine(directory, file), optional: true);
            }

            return target.AddInMemoryCollection(FromEnvironment(terminal)).AddInMemoryCollection(commandLine);
        }
    }

    // A variable that is there for another program is not to steer this one.
    private static IEnumerable<KeyValuePair<string, string?>> FromEnvironment(Terminal terminal) =>
        terminal.Variables
            .Select(variable => KeyValuePair.Create(variable.Key.Replace("__", ":", StringComparison.Ordinal), variable.Value))
            .Where(variable => variable.Key.Split(':')[0].ToUpperInvariant() is "OAUTH2" or "CLIENTS" || CallSettings.EnvironmentKeys.Contains(variable.Key, StringComparer.OrdinalIgnoreCase))
            .DistinctBy(variable => variable.Key, StringComparer.OrdinalIgnoreCase);

    private static string Find(string name, string[] directories)
    {
        var files = directories.Where(Directory.Exists).SelectMany(directory => Directory.EnumerateFiles(directory, "appsettings.*.json"))
            .Select(path => Path.GetFileName(path))
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToArray();
        return Array.Find(files, file => file.Equals($"appsettings.{name}.json", StringComparison.OrdinalIgnoreCase))
            ?? throw new SettingsException($"There is no profile '{name}'; there are {string.Join(", ", files.Select(file => file.Split('.', 2)[1][..^".json".Length]))}. "
                + $"For one of your own run callapi init {name}.");
    }
}
