using Microsoft.Extensions.Configuration;
using OAuthClient;

namespace CallApi;

/// <summary>The section Clients: a client of its own for each section there, whose token another one exchanges.</summary>
internal static class FurtherClients
{
    public const string Section = "Clients";

    /// <summary>The client that the section OAuth2 describes.</summary>
    private const string Own = "api";

    /// <summary>The sections by the names of their clients.</summary>
    public static IReadOnlyList<IConfigurationSection> Read(IConfiguration configuration)
    {
        var parent = configuration.GetSection(Section);
        IConfigurationSection[] sections = [.. parent.GetChildren()];
        if (!string.IsNullOrWhiteSpace(parent.Value))
            throw new SettingsException($"{Section} must hold a section for each client, but is a single value. Write {Section}:<name>:ClientId=<id> and so on.");
        if (sections.Any(section => section.Key.Equals(Own, StringComparison.OrdinalIgnoreCase)))
            throw new SettingsException($"{Section}:{Own} takes the name of the client that the section OAuth2 describes. Give it another one.");
        foreach (var user in sections.Prepend(configuration.GetSection("OAuth2")))
        {
            foreach (var setting in new[] { nameof(OAuth2ClientOptions.SubjectTokenClient), nameof(OAuth2ClientOptions.ActorTokenClient), nameof(OAuth2ClientOptions.AssertionClient) })
                Check(user.GetSection(setting), sections);
        }

        return sections;
    }

    private static void Check(IConfigurationSection setting, IConfigurationSection[] sections)
    {
        // A circle is for the library to find.
        if (setting.Value?.Trim() is not { Length: > 0 } name || name == Own || sections.Any(section => section.Key == name))
            return;
        var known = sections.Length == 0
            ? $". Give it one, {Section}:{name}:ClientId=<id> and so on."
            : $"; there {(sections.Length == 1 ? "is" : "are")} {string.Join(", ", sections.Select(section => section.Path))}. Upper and lower case count.";
        throw new SettingsException($"{setting.Path} names the client '{name}', but there is no section {Section}:{name}{known}");
    }
}
