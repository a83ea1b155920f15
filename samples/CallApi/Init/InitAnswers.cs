using System.Text.RegularExpressions;
using Spectre.Console;

namespace CallApi;

/// <summary>What init has to know: from the arguments, else from whoever sits at the terminal.</summary>
internal sealed partial class InitAnswers
{
    private static readonly Syntax _syntax = new()
    {
        Keys = ["platform", "organization", "region", "client-id", "secret", "secret-file", "token-endpoint", "issuer", "scopes", "base-address", "force"],
        Switches = ["force"],
    };

    private readonly Dictionary<string, string?> _given;
    private readonly string? _name;
    private readonly Terminal _terminal;
    private readonly List<string> _missing = [];

    public InitAnswers(string[] args, Terminal terminal)
    {
        (_terminal, (_given, var bare)) = (terminal, CommandLine.Parse(args, _syntax));
        if (bare.Count > 1)
            throw new SettingsException($"Argument {bare[1].Position} is one too many: init takes one name. Put quotes around a value that holds spaces.");
        _name = bare.Count == 1 ? bare[0].Text : null;
        if (_name is not null && !NamePattern().IsMatch(_name))
            throw new SettingsException("A profile's name is made of letters, digits, '-' and '_'.");
    }

    public bool MayOverwrite => _given.ContainsKey("force");

    public string Name() => _name ?? Ask("<name>", "Name of the profile", "a word of your own, such as orders-prod; callapi -p <name> uses it", NamePattern().IsMatch, "letters, digits, '-' and '_'") ?? "";

    public InitPlatform Platform()
    {
        if (Given("platform") is { } given)
            return Array.Find(InitPlatform.All, platform => platform.Key.Equals(given, StringComparison.OrdinalIgnoreCase))
                ?? throw new SettingsException($"--platform must be one of {string.Join(", ", InitPlatform.All.Select(platform => platform.Key))}, but is '{given}'.");
        return CanAsk("--platform") ? Choose("Platform", InitPlatform.All, platform => platform.Title) : InitPlatform.All[^1];
    }

    public string? Organization() => Ask("--organization", "Organization", "acme, where the console is https://console.asgardeo.io/t/acme");

    public string? TokenEndpoint(InitPlatform platform) => Ask("--token-endpoint", "Token endpoint", platform.EndpointHint, IsAddress, "an address that begins with https://");

    public string? ClientId() => Ask("--client-id", "Client id", "the portal may call it consumer key");

    public string? Scopes() => Ask("--scopes", "Scopes", "with spaces between them; just Enter for none", isOptional: true);

    public string? BaseAddress() => Ask("--base-address", "Address of the API", "a call's path is appended to it; just Enter for none", text => text.Length == 0 || IsAddress(text), "an address that begins with https://, or nothing", isOptional: true);

    /// <summary>The secret's file, where it is kept in one, and what is to be written there.</summary>
    public (string? File, string? Text) Secret(string path)
    {
        if (Given("secret-file") is { } existing)
            return (SettingsReader.FullPath(existing), null);
        var place = Given("secret") ?? (CanAsk("--secret") ? Choose("Place of the client's secret", ["file", "env"], choice => choice == "file" ? $"a file that you alone can read, {path}" : "the environment variable OAuth2__ClientSecret") : "env");
        if (place.Equals("env", StringComparison.OrdinalIgnoreCase))
            return (null, null);
        if (!place.Equals("file", StringComparison.OrdinalIgnoreCase))
            throw new SettingsException("--secret must be env or file.");
        var secret = _terminal.CanAsk ? _terminal.Console.Prompt(new TextPrompt<string>("Client secret, which is not shown").Secret(null)) : _terminal.Input.ReadToEnd().TrimEnd('\r', '\n');
        if (secret.Length == 0)
            _missing.Add("the secret on stdin");
        return (path, secret);
    }

    public string? Given(string name) => string.IsNullOrWhiteSpace(_given.GetValueOrDefault(name)) ? null : _given[name]!.Trim();

    public void ThrowIfIncomplete()
    {
        if (_missing.Count > 0)
            throw new SettingsException($"Nobody can be asked here, since this is no terminal. Give {string.Join(", ", _missing)}. callapi init --help shows all arguments.");
    }

    private string? Ask(string argument, string question, string hint, Func<string, bool>? isGood = null, string wanted = "", bool isOptional = false)
    {
        if (Given(argument.TrimStart('-')) is { } given)
            return given;
        if (isOptional ? !_terminal.CanAsk : !CanAsk(argument))
            return null;
        _terminal.Console.Write(new Text($"{hint}{Environment.NewLine}", Terminal.Faint));
        var prompt = new TextPrompt<string>(Markup.Escape(question)).Validate(text => isGood?.Invoke(text.Trim()) != false ? ValidationResult.Success() : ValidationResult.Error($"[red]It must be {Markup.Escape(wanted)}.[/]"));
        return _terminal.Console.Prompt(isOptional ? prompt.AllowEmpty() : prompt).Trim();
    }

    private T Choose<T>(string question, IEnumerable<T> choices, Func<T, string> describe)
        where T : notnull
    {
        var chosen = _terminal.Console.Prompt(new SelectionPrompt<T>().Title(question).AddChoices(choices).UseConverter(choice => Markup.Escape(describe(choice))));
        _terminal.Console.Write(new Text($"{question}: {describe(chosen)}{Environment.NewLine}"));
        return chosen;
    }

    private bool CanAsk(string argument)
    {
        if (!_terminal.CanAsk)
            _missing.Add(argument);
        return _terminal.CanAsk;
    }

    private static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));

    [GeneratedRegex(@"^[A-Za-z0-9_-]+$")]
    private static partial Regex NamePattern();
}

/// <summary>A platform that init knows. Name: what the library calls it; null: no preset.</summary>
internal sealed record InitPlatform(string Key, string Title, string? Name, bool NeedsOrganization = false, bool NeedsTokenEndpoint = false, string EndpointHint = "")
{
    public static readonly InitPlatform[] All =
    [
        new("Asgardeo", "Asgardeo (WSO2 Identity Platform)", "Asgardeo", NeedsOrganization: true),
        new("Bijira", "Bijira (WSO2 API Platform)", "Bijira"),
        new("Choreo", "Choreo (WSO2 Developer Platform)", "Choreo"),
        new("Devant", "Devant (WSO2 Integration Platform)", "Devant", NeedsTokenEndpoint: true, EndpointHint: "as the developer portal shows it beside the keys"),
        new("ApiManager", "WSO2 API Manager", "ApiManager", NeedsTokenEndpoint: true, EndpointHint: "https://<host>:9443/oauth2/token"),
        new("IdentityServer", "WSO2 Identity Server", "IdentityServer", NeedsTokenEndpoint: true, EndpointHint: "https://<host>:9443/oauth2/token"),
        new("other", "any other OAuth2 server", null, NeedsTokenEndpoint: true, EndpointHint: "where the server's documents say that tokens come from"),
    ];
}
