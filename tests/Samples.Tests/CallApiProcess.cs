using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CallApi;
using OAuthClient.Testing;
using Spectre.Console;

namespace Samples.Tests;

/// <summary>
/// Runs CallApi as the process that a user runs, against a server of its own, and fails where a secret, a password or a token that was
/// in play shows up in what it prints.
/// </summary>
internal sealed class CallApiProcess : IAsyncDisposable
{
    public const string ClientId = "orders-app";
    public const string ClientSecret = "canary-secret+/= 1";
    public const string LongSecret = "canary-secret-that-is-as-long-as-its-hash"; // RFC 7518 section 3.2
    public const string WrongSecret = "canary-wrong-secret";
    public const string Password = "canary-password&2";
    public const string WrongPassword = "canary-wrong-password";

    private const int ShortestSecretLine = 16; // Of a file: a shorter line may stand in an output by chance.

    // What a token request holds that nobody else may see.
    private static readonly string[] _secretFields =
        ["client_secret", "client_assertion", "assertion", "subject_token", "actor_token", "code", "code_verifier", "device_code", "password", "refresh_token"];

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    private readonly ConcurrentBag<string> _canaries = [ClientSecret, LongSecret, WrongSecret, Password, WrongPassword, Way.MachineSecret];
    private readonly string _directory = Directory.CreateTempSubdirectory("callapi").FullName;

    private CallApiProcess()
    {
    }

    public OAuth2TestServer Server { get; private set; } = null!;

    /// <summary>A directory that nothing else uses, and the process's working directory.</summary>
    public string WorkingDirectory => _directory;

    /// <summary>Environment variables of the process; those of the test run that could change its configuration are not handed on.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Where the user's own profiles are.</summary>
    public string UserFolder => Path.Combine(_directory, ".callapi");

    /// <summary>What the program can read from stdin, if anything.</summary>
    public string? Input { get; set; }

    /// <summary>Whoever is asked here; null where nobody can be.</summary>
    public IAnsiConsole? Console { get; set; }

    /// <summary>True where the program here writes to a terminal.</summary>
    public bool IsOnTerminal { get; set; }

    /// <summary>True where both of what it writes go to one place.</summary>
    public bool IsMixed { get; set; }

    /// <summary>Called for each line that the process prints on stderr, while it runs.</summary>
    public Action<string>? OnErrorLine { get; set; }

    public static async Task<CallApiProcess> StartAsync(Action<OAuth2TestServerOptions>? configure = null)
    {
        var process = new CallApiProcess();
        process.Server = await OAuth2TestServer.StartAsync(options =>
        {
            options.Clients.Add(new TestClient(ClientId, ClientSecret));
            options.Users.Add(new TestUser("alice", Password));
            options.ConfigureTokenResponse = process.NoteTokens;
            configure?.Invoke(options);
        });
        process.Variables["OAuth2__ClientSecret"] = ClientSecret;
        return process;
    }

    /// <summary>Puts a file into the working directory.</summary>
    public void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory, name), text);

    /// <summary>The arguments for this server and its client, and then those given.</summary>
    public Task<Output> CallAsync(params string[] arguments) =>
        RunAsync([$"--OAuth2:TokenEndpoint={Server.TokenEndpoint}", $"--OAuth2:ClientId={ClientId}", $"--Url={Server.ApiBaseAddress}orders", .. arguments]);

    public Task<Output> RunAsync(params string[] arguments) => RunAsync(_ => Task.CompletedTask, arguments);

    public async Task<Output> RunAsync(Func<Process, Task> whileRunning, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "CallApi.dll"), .. arguments])
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = Input is not null,
        };
        foreach (var name in start.Environment.Keys.Where(name => Regex.IsMatch(name, "^(OAuth2__.*|Clients__.*|SSL_CERT_.*|CHOREO_.*|DEVANT_.*|Profile|Url|Method|Body|ContentType|Repeat|Seconds|Concurrency|FollowRedirects|Revoke|ShowToken|TokenStore|TokenStoreKeyFile|Verbose|CaCert|https?_proxy|all_proxy|no_proxy)$", RegexOptions.IgnoreCase)).ToArray())
            start.Environment.Remove(name);
        start.Environment["HOME"] = _directory;
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        try
        {
            var standardOutput = process.StandardOutput.ReadToEndAsync();
            var standardError = ReadAsync(process.StandardError);
            if (Input is not null)
            {
                await process.StandardInput.WriteAsync(Input);
                process.StandardInput.Close();
            }

            await whileRunning(process).WaitAsync(_patience);
            await process.WaitForExitAsync().WaitAsync(_patience);
            var output = new Output(process.ExitCode, await standardOutput, await standardError);
            AssertNoCanary(output);
            return output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>The same in this process, which takes no second to start.</summary>
    public Task<Output> CallHereAsync(params string[] arguments) =>
        RunHereAsync([$"--OAuth2:TokenEndpoint={Server.TokenEndpoint}", $"--OAuth2:ClientId={ClientId}", "--OAuth2:ClientAuthenticationMethod=client_secret_post", $"--Url={Server.ApiBaseAddress}orders", .. arguments]);

    /// <summary>The same in this process, where it does not matter what a process has for itself alone: its working directory, its signals.</summary>
    public async Task<Output> RunHereAsync(params string[] arguments)
    {
        using var output = new MemoryStream();
        using var errors = new StringWriter();
        var exitCode = await Commands.RunAsync(arguments, new Terminal
        {
            Output = output,
            Errors = errors,
            Input = new StringReader(Input ?? ""),
            Console = Console ?? Terminal.Draw(errors, isPlain: true),
            ShowsOutput = IsOnTerminal,
            ShowsErrors = IsOnTerminal,
            CanAsk = Console is not null,
            IsMixed = IsMixed,
            Directory = _directory,
            UserFolder = UserFolder,
            Variables = Variables.ToDictionary(variable => variable.Key, variable => (string?)variable.Value),
        }).WaitAsync(_patience);
        var result = new Output(exitCode, Encoding.UTF8.GetString(output.ToArray()), errors.ToString());
        AssertNoCanary(result);
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<string> ReadAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            text.AppendLine(line);
            OnErrorLine?.Invoke(line);
        }

        return text.ToString();
    }

    private void NoteTokens(JsonObject response)
    {
        foreach (var name in new[] { "access_token", "refresh_token" })
        {
            if (response[name] is { } token)
                _canaries.Add(token.ToString());
        }
    }

    /// <summary>Fails where a file holds a secret, a password or a token that was in play, or tells whose it is.</summary>
    public void AssertSealed(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            var text = Encoding.Latin1.GetString(File.ReadAllBytes(path));
            Assert.All(FindCanaries().Append(ClientId), canary => Assert.DoesNotContain(canary, text, StringComparison.Ordinal));
            Assert.DoesNotContain(ClientId, path, StringComparison.Ordinal);
        }
    }

    private IEnumerable<string> FindCanaries()
    {
        var credentials = Server.RecordedTokenRequests.Select(request => request.Headers.GetValueOrDefault("Authorization")?.Split(' ')[^1]).OfType<string>();
        var fields = Server.RecordedTokenRequests.SelectMany(request => _secretFields.Select(request.Form.GetValueOrDefault)).OfType<string>();
        var proofs = Server.RecordedTokenRequests.Concat(Server.RecordedApiCalls).Select(request => request.Headers.GetValueOrDefault("DPoP")).OfType<string>();
        return _canaries.Concat(credentials).Concat(fields).Concat(proofs);
    }

    private void AssertNoCanary(Output output)
    {
        var lines = Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) is not (".json" or ".oauth2" or ".lock")).SelectMany(File.ReadLines).Where(line => line.Length >= ShortestSecretLine);
        foreach (var canary in FindCanaries().Concat(lines))
        {
            Assert.DoesNotContain(canary, output.StandardOutput, StringComparison.Ordinal);
            Assert.DoesNotContain(canary, output.StandardError, StringComparison.Ordinal);
        }

        Assert.DoesNotMatch(@"(?m)^\s+at \w+\.", output.StandardError);
    }
}

/// <summary>What a process printed, and its exit code.</summary>
internal sealed partial record Output(int ExitCode, string StandardOutput, string StandardError)
{
    public JsonNode Body => JsonNode.Parse(StandardOutput)!;

    /// <summary>The fields of the last line of a run, which must be exactly as documented.</summary>
    public Dictionary<string, string> LastLine
    {
        get
        {
            var match = LastLinePattern().Match(StandardOutput.TrimEnd().Split('\n')[^1]);
            Assert.True(match.Success, StandardOutput + StandardError);
            return match.Groups.Values.Skip(1).ToDictionary(group => group.Name, group => group.Value);
        }
    }

    public override string ToString() => $"exit code {ExitCode}{Environment.NewLine}{StandardOutput}{Environment.NewLine}{StandardError}";

    public void AssertSuccess() => Assert.True(ExitCode == 0 && StandardError.Length == 0, ToString());

    /// <summary>Fails unless the process ended so and said all of these on stderr.</summary>
    public void AssertFailure(int exitCode, params string[] says)
    {
        Assert.True(ExitCode == exitCode, ToString());
        Assert.All(says, text => Assert.Contains(text, StandardError, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^calls=(?<calls>\d+) ok=(?<ok>\d+) failed=(?<failed>\d+) statuses=(?<statuses>(\w+:\d+(,\w+:\d+)*)?) token_requests=(?<token_requests>\d+) wall_ms=(?<wall_ms>\d+) p50_ms=(?<p50_ms>\d+) p99_ms=(?<p99_ms>\d+) max_ms=(?<max_ms>\d+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex LastLinePattern();
}
