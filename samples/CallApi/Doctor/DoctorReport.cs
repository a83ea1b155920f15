using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace CallApi;

/// <summary>Shows what the doctor finds, as it comes, and in the end what to change.</summary>
internal sealed partial class DoctorReport(Terminal terminal, bool asJson)
{
    private const int StateWidth = 5;
    private const int StepWidth = 12;
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<Finding> _findings = [];

    public void Add(Finding finding)
    {
        _findings.Add(finding);
        if (asJson)
            return;
        var (word, style) = finding.State switch
        {
            State.Ok => ("ok", new Style(Color.Green)),
            State.Warning => ("warn", new Style(Color.Yellow)),
            State.Failed => ("FAIL", new Style(Color.Red, decoration: Decoration.Bold)),
            _ => ("-", new Style(Terminal.Faint)),
        };
        if (!terminal.ShowsOutput)
        {
            terminal.WriteLine($"{word,-StateWidth} {finding.Step,-StepWidth} {finding.Text.ReplaceLineEndings(" ")}");
            return;
        }

        var row = new Grid { Expand = false }
            .AddColumn(new GridColumn { Width = StateWidth, NoWrap = true, Padding = new Padding(0, 0, 1, 0) })
            .AddColumn(new GridColumn { Width = StepWidth, NoWrap = true, Padding = new Padding(0, 0, 1, 0) })
            .AddColumn(new GridColumn { Padding = new Padding(0) });
        row.AddRow(new Text(word, style), new Text(finding.Step), new Text(finding.Text, finding.State == State.Skipped ? Terminal.Faint : null));
        terminal.Screen.Write(row);
    }

    /// <summary>Says what to change, and gives the program's exit code.</summary>
    public int Conclude()
    {
        var failed = _findings.Find(finding => finding.State == State.Failed);
        var warnings = _findings.Where(finding => finding.State == State.Warning).ToArray();
        var exitCode = failed?.ExitCode ?? ExitCode.Success;
        if (asJson)
        {
            terminal.WriteLine(JsonSerializer.Serialize(
                new
                {
                    Ok = failed is null,
                    ExitCode = exitCode,
                    Failed = failed?.Step,
                    Remedy = failed?.Remedy,
                    Settings = failed is null ? [] : FindSettings($"{failed.Text} {failed.Remedy}"),
                    Steps = _findings.Select(finding => new { finding.Step, State = $"{finding.State}".ToLowerInvariant(), finding.Text, finding.Remedy }),
                },
                _json));
            return exitCode;
        }

        terminal.WriteLine("");
        if (failed is not null)
            Say(failed.Remedy is null ? "" : "What to do: ", failed.Remedy ?? $"See {failed.Step} above.");
        else if (warnings.Length == 0)
            Say("", _findings.Exists(finding => finding is { State: State.Skipped, Step: "call" }) ? "There is a token. Add the API's address to have it called too." : "All is well.");
        foreach (var warning in warnings.Where(warning => failed?.Remedy != warning.Remedy))
            Say(failed is null ? "It works, but: " : "Look at this too: ", warning.Remedy!);
        return exitCode;

        void Say(string begin, string text)
        {
            if (terminal.ShowsOutput)
                terminal.Screen.Write(new Paragraph().Append(begin, new Style(decoration: Decoration.Bold)).Append(text + Environment.NewLine));
            else
                terminal.WriteLine(begin + text);
        }
    }

    /// <summary>The settings that a text names.</summary>
    public static string[] FindSettings(string text) =>
        [.. SettingName().Matches(text).Select(match => match.Value).Where(name => name.Contains(':', StringComparison.Ordinal) || CallSettings.Keys.Contains(name)).Distinct()];

    [GeneratedRegex(@"(?:OAuth2|Clients:\w+):[A-Z]\w+(?::\w+)?|\b[A-Z][A-Za-z]+\b")]
    private static partial Regex SettingName();
}
