using Microsoft.Extensions.Configuration;

namespace CallApi;

/// <summary>Where the configuration comes from: appsettings.json, the profile, the environment, the command line; later ones win.</summary>
internal static class Profiles
{
    public static void AddSources(this IConfigurationBuilder builder, IEnumerable<KeyValuePair<string, string?>> commandLine)
    {
        string[] directories = [AppContext.BaseDirectory, Directory.GetCurrentDirectory()];
        try
        {
            // The profile's name may itself stand in any of the other sources.
            var name = AddAll(new ConfigurationBuilder(), profile: null).Build()["Profile"];
            AddAll(builder, string.IsNullOrWhiteSpace(name) ? null : Find(name.Trim(), directories));
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

            return target.AddEnvironmentVariables().AddInMemoryCollection(commandLine);
        }
    }

    private static string Find(string name, string[] directories)
    {
        var files = directories.SelectMany(directory => Directory.EnumerateFiles(directory, "appsettings.*.json"))
            .Select(path => Path.GetFileName(path))
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToArray();
        return Array.Find(files, file => file.Equals($"appsettings.{name}.json", StringComparison.OrdinalIgnoreCase))
            ?? throw new SettingsException($"There is no profile '{name}'; there are {string.Join(", ", files.Select(file => file.Split('.', 2)[1][..^".json".Length]))}. "
                + $"For one of your own put appsettings.{name}.json into the working directory.");
    }
}
