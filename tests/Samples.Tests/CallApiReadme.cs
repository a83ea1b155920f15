using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Samples.Tests;

/// <summary>What CallApi's README shows of other ways in, and of tokens that runs share.</summary>
internal static partial class CallApiReadme
{
    private static readonly string _section = Section("Other ways in");

    /// <summary>From each way to its arguments, as the table shows them.</summary>
    public static IReadOnlyDictionary<string, string> Ways { get; } =
        _section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(line => Row().Match(line)).ToDictionary(row => row.Groups["way"].Value, row => row.Groups["arguments"].Value);

    /// <summary>How many blocks there are beside the table.</summary>
    public static int Blocks { get; } = Regex.Count(_section, "(?m)^```\\w+$");

    /// <summary>The further client, as appsettings.json has it.</summary>
    public static string AppSettings { get; } = Regex.Match(_section, "(?s)```json\n(.*?)\n```").Groups[1].Value;

    /// <summary>The command lines for many runs with one token, in their order.</summary>
    public static IReadOnlyList<string> SharedRuns { get; } = [.. Section("One token for many runs").Split('\n').Where(line => line.Contains("callapi --TokenStore", StringComparison.Ordinal))];

    /// <summary>What the doctor prints, line by line.</summary>
    public static string[] Doctor { get; } = Regex.Match(Section("What is wrong? `callapi doctor`"), "(?s)```console\n[^\n]*\n(.*?)\n```").Groups[1].Value.Split('\n');

    /// <summary>Splits a line as a shell does.</summary>
    public static string[] Split(string line) => [.. Word().Matches(line).Select(word => word.Value.Replace("\"", "", StringComparison.Ordinal))];

    private static string Section(string title) => Regex.Match(File.ReadAllText(Find()).ReplaceLineEndings("\n"), $"(?s)\n## {Regex.Escape(title)}\n(.*?)\n## ").Groups[1].Value;

    private static string Find([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "samples", "CallApi", "README.md");

    [GeneratedRegex(@"^\| (?<way>[^|`]+) \| `(?<arguments>[^|`]+)` \|$")]
    private static partial Regex Row();

    [GeneratedRegex("(?:[^\\s\"]|\"[^\"]*\")+")]
    private static partial Regex Word();
}
