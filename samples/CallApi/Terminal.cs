using System.Collections;
using System.Text;
using Spectre.Console;

namespace CallApi;

/// <summary>The world outside: what is written and read, the folders and the environment. A test brings its own.</summary>
internal sealed class Terminal
{
    private const int Unbroken = 100_000; // No line of what a program reads is broken.

    /// <summary>Where a body goes, byte for byte, and what else was asked for.</summary>
    public required Stream Output { get; init; }

    /// <summary>Where everything else goes.</summary>
    public required TextWriter Errors { get; init; }

    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Draws on <see cref="Errors"/>, and asks.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>True where somebody sees <see cref="Output"/>, and no program reads it.</summary>
    public bool ShowsOutput { get; init; }

    /// <summary>Draws on <see cref="Output"/>.</summary>
    public IAnsiConsole Screen => field ??= Draw(new StreamWriter(Output) { AutoFlush = true }, isPlain: !ShowsOutput);

    public bool ShowsErrors { get; init; }

    /// <summary>For what is beside the point; it can be read on dark and on light.</summary>
    public static Color Faint => Color.Grey54;

    /// <summary>True where somebody can be asked.</summary>
    public bool CanAsk { get; init; }

    /// <summary>True where both go to the same file or pipe, so that the one must not begin in the middle of the other's line.</summary>
    public bool IsMixed { get; init; }

    /// <summary>The working directory.</summary>
    public required string Directory { get; init; }

    /// <summary>The user's own folder for profiles.</summary>
    public required string UserFolder { get; init; }

    /// <summary>The environment.</summary>
    public required IReadOnlyDictionary<string, string?> Variables { get; init; }

    public static Terminal OfProcess()
    {
        var (output, errors) = (System.Console.OpenStandardOutput(), System.Console.Error);
        return new Terminal
        {
            Output = output,
            Errors = errors,
            Input = System.Console.In,
            Console = Draw(errors, System.Console.IsErrorRedirected),
            ShowsOutput = !System.Console.IsOutputRedirected,
            ShowsErrors = !System.Console.IsErrorRedirected,
            CanAsk = !System.Console.IsInputRedirected && !System.Console.IsErrorRedirected,
            IsMixed = OperatingSystem.IsLinux() && System.Console.IsOutputRedirected && new FileInfo("/proc/self/fd/1").LinkTarget is { } target && target == new FileInfo("/proc/self/fd/2").LinkTarget,
            Directory = System.IO.Directory.GetCurrentDirectory(),
            UserFolder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".callapi"),
            Variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value, StringComparer.Ordinal),
        };
    }

    /// <summary>A console on the writer, in plain text where no terminal shows it.</summary>
    public static IAnsiConsole Draw(TextWriter writer, bool isPlain)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isPlain ? InteractionSupport.No : InteractionSupport.Detect,

            // A build server may colour what a terminal would show; what goes to a file stays plain.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = !isPlain },
        });
        if (isPlain)
            console.Profile.Width = Unbroken;
        return console;
    }

    /// <summary>Writes a line of what was asked for.</summary>
    public void WriteLine(string text) => Output.Write(Encoding.UTF8.GetBytes(text + Environment.NewLine));

    /// <summary>Writes a line beside it, and breaks it between words where it is seen.</summary>
    public void WriteError(string text, Style? style = null)
    {
        if (ShowsErrors)
            Console.Write(new Text(text + Environment.NewLine, style));
        else
            Errors.WriteLine(text);
    }
}
