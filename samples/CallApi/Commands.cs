using Microsoft.Extensions.Options;
using OAuthClient;
using Spectre.Console;

namespace CallApi;

/// <summary>What the program can do, by the first argument; without one of these it is a call.</summary>
internal static class Commands
{
    // A further command is a line here and a page in Usage.
    private static readonly Dictionary<string, Func<string[], Terminal, Task<int>>> _commands = new(StringComparer.OrdinalIgnoreCase)
    {
        ["call"] = CallCommand.RunAsync,
        ["doctor"] = DoctorCommand.RunAsync,
        ["init"] = InitCommand.RunAsync,
        ["serve"] = ServeCommand.RunAsync,
    };

    /// <summary>Runs the command, and says in a sentence or two why it could not.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var (name, rest) = args is [var first, ..] && _commands.ContainsKey(first) ? (first.ToLowerInvariant(), args[1..]) : ("call", args);
        if (rest is ["--help" or "-h" or "-?", ..])
        {
            terminal.WriteLine(Usage.Of(name));
            return ExitCode.Success;
        }

        if (args is ["--version" or "-V", ..])
        {
            terminal.WriteLine(Usage.Version);
            return ExitCode.Success;
        }

        try
        {
            if (name == "call" && args is [var word, ..] && Suggestion.Find(word, _commands.Keys) is { } command && !word.StartsWith('-') && !_commands.ContainsKey(word))
                throw new SettingsException($"'{word}' is no command; did you mean {command}? Run with --help to see what there is.");
            return await _commands[name](rest, terminal);
        }
        catch (OAuth2TokenException exception)
        {
            return Fail(ExitCode.NoToken, exception.Message);
        }
        catch (Exception exception) when (exception is SettingsException or OptionsValidationException or InvalidOperationException)
        {
            return Fail(ExitCode.Configuration, exception.Message);
        }
        catch (AggregateException exception) when (exception.Flatten().InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return Fail(ExitCode.Configuration, string.Join(Environment.NewLine, exception.Flatten().InnerExceptions.Select(inner => inner.Message)));
        }
        catch (OperationCanceledException)
        {
            return Fail(ExitCode.NoToken, "Stopped before there was a token.");
        }

        int Fail(int exitCode, string message)
        {
            terminal.WriteError(message, Color.Red);
            return exitCode;
        }
    }
}
