using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;

namespace CallApi;

/// <summary>Writes a profile into the user's own folder.</summary>
internal static class InitCommand
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var answers = new InitAnswers(args, terminal);
        var name = answers.Name();
        var path = Path.Combine(terminal.UserFolder, $"appsettings.{name}.json");
        var secretPath = Path.Combine(terminal.UserFolder, $"{name}.secret");
        if (!answers.MayOverwrite && Directory.Exists(terminal.UserFolder) && Directory.EnumerateFiles(terminal.UserFolder).Any(file => Path.GetFileName(file).Equals(Path.GetFileName(path), StringComparison.OrdinalIgnoreCase)))
            throw new SettingsException($"There is a profile '{name}' already, {path}. Give another name, or --force to write over it.");

        var platform = answers.Platform();
        var client = new JsonObject { ["Provider"] = platform.Name };
        client["Organization"] = platform.NeedsOrganization ? answers.Organization() : answers.Given("organization");
        client["Region"] = answers.Given("region");
        client["Issuer"] = answers.Given("issuer");
        client["TokenEndpoint"] = client["Issuer"] is null && platform.NeedsTokenEndpoint ? answers.TokenEndpoint(platform) : answers.Given("token-endpoint");
        client["ClientId"] = answers.ClientId();
        var (file, secret) = answers.Secret(secretPath);
        client["ClientSecretFile"] = file;
        client["Scopes"] = answers.Scopes() is { Length: > 0 } scopes ? new JsonArray([.. scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(scope => JsonValue.Create(scope))]) : null;
        client["BaseAddress"] = answers.BaseAddress() is { Length: > 0 } address ? $"{address.TrimEnd('/')}/" : null;
        foreach (var unset in client.Where(setting => setting.Value is null).Select(setting => setting.Key).ToArray())
            client.Remove(unset);
        answers.ThrowIfIncomplete();
        await CheckAsync(client);

        try
        {
            if (secret is not null)
                PrivateFile.Write(file!, secret, overwrite: true);
            PrivateFile.Write(path, new JsonObject { ["OAuth2"] = client }.ToJsonString(_indented), overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"The profile cannot be written: {exception.Message}");
        }

        terminal.WriteLine($"Wrote {path}{(secret is null ? "" : $"\nand the secret, which you alone can read, to {file}")}");
        if (file is not null && terminal.Variables.ContainsKey("OAuth2__ClientSecret"))
            terminal.WriteLine("OAuth2__ClientSecret is set in the environment, too: unset it, since a secret must come from one place.");
        terminal.WriteLine($"\nNext:\n{(file is null ? "  export OAuth2__ClientSecret=...       # the secret, each time or in your shell's profile\n" : "")}  callapi doctor -p {name}\n  callapi -p {name} {(client["BaseAddress"] is null ? "https://<the API's address>" : "/<the rest of the address>")}");
        return ExitCode.Success;
    }

    // As a call would find it, with some secret or other.
    private static async Task CheckAsync(JsonObject client)
    {
        var settings = client.Where(setting => setting.Value is JsonValue).Select(setting => KeyValuePair.Create($"OAuth2:{setting.Key}", (string?)setting.Value!.GetValue<string>()))
            .Where(setting => setting.Key != "OAuth2:ClientSecretFile").Append(new("OAuth2:ClientSecret", "given")).Append(new("OAuth2:Scopes", client["Scopes"] is JsonArray scopes ? string.Join(' ', scopes.Select(scope => $"{scope}")) : null));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        using var host = ClientHost.Create(configuration, CallSettings.Read(configuration, needsUrl: false), new Wire());
        await host.StartAsync();
        await host.StopAsync();
    }
}
