using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace OAuthClient.Tests.Servers;

/// <summary>
/// One file of the gallery: how a server answers, as mappings of WireMock, and what the library must make of it. In all its texts {server}
/// stands for the server's address, and {elsewhere} for another origin.
/// </summary>
internal sealed partial record ServerFile
{
    private const string Folder = "Servers/";

    // A name that is misspelt would be an expectation that nobody checks.
    private static readonly JsonSerializerOptions _strict = new() { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false };

    /// <summary>The names of all files, in the order of the alphabet. They are part of the assembly, where none is left behind that is gone from the folder.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(ServerFile).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Select(name => name[Folder.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>Who answers so.</summary>
    public required string Server { get; init; }

    /// <summary>What is peculiar about it, and why the library does what it does.</summary>
    public required string About { get; init; }

    /// <summary>The client's settings where they are not the usual ones.</summary>
    public JsonElement? Client { get; init; }

    /// <summary>The calls of the API that are made, one after the other.</summary>
    public required IReadOnlyList<ServerCall> Calls { get; init; }

    /// <summary>The server's answers, as WireMock reads them.</summary>
    public required JsonElement Mappings { get; init; }

    /// <summary>All that is secret in the file: the client's secret, the user's password, and the tokens.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Reads a file, with these addresses in it.</summary>
    public static ServerFile Read(string name, string server, string elsewhere)
    {
        using var reader = new StreamReader(typeof(ServerFile).Assembly.GetManifestResourceStream(Folder + name)!);
        return Parse(reader.ReadToEnd().Replace("{server}", server, StringComparison.Ordinal).Replace("{elsewhere}", elsewhere, StringComparison.Ordinal));
    }

    public static ServerFile Parse(string text)
    {
        var file = JsonSerializer.Deserialize<ServerFile>(text, _strict)!;
        var secrets = Secret().Matches(text).Select(match => match.Groups[1].Value);
        return file with { Secrets = [.. secrets.Concat(file.Calls.SelectMany(call => call.ApiRequests)).Where(secret => secret != ServerPlay.NoToken).Distinct()] };
    }

    // In the file itself, or in a text of JSON or of a form in it.
    [GeneratedRegex("""(?:access_token|refresh_token|id_token|assertion|ClientSecret|Password)(?:\\?"\s*:\s*\\?"|=)([^"\\&]+)""")]
    private static partial Regex Secret();
}
