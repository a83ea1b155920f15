using System.Text.RegularExpressions;

namespace OAuthClient.Tests;

/// <summary>The repository's pages, and what they are made of.</summary>
internal static partial class Pages
{
    /// <summary>All pages by their paths from the root, as links have them.</summary>
    public static string[] All { get; } = [.. FindFiles("*.md")];

    public static string Read(string page) => File.ReadAllText(Path.Combine(ReadmeTests.Root(), page)).ReplaceLineEndings("\n");

    /// <summary>The blocks of a language, as they stand there.</summary>
    public static string[] FindBlocks(string page, string language) =>
        [.. Block().Matches(Read(page)).Where(block => block.Groups["language"].Value == language).Select(block => block.Groups["text"].Value.TrimEnd())];

    /// <summary>The links that lead to files and headings of the repository.</summary>
    public static (string File, string Heading)[] FindLinks(string page) =>
        [.. Link().Matches(InlineCode().Replace(Block().Replace(Read(page), ""), "")).Select(link => (link.Groups["file"].Value, link.Groups["heading"].Value)).Where(link => !link.Item1.Contains(':', StringComparison.Ordinal))];

    /// <summary>What a link may name, as GitHub makes it of the headings.</summary>
    public static string[] FindAnchors(string page) =>
        [.. Heading().Matches(Block().Replace(Read(page), "")).Select(heading => string.Concat(heading.Groups["text"].Value.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_').Select(c => c == ' ' ? '-' : c)))];

    /// <summary>What tests compile for pages: between a line that says PAGE with the page's path, and END.</summary>
    public static (string Page, string Text)[] Compiled { get; } =
        [.. FindFiles("*.cs").Where(file => file.StartsWith("tests/", StringComparison.Ordinal)).SelectMany(file => Region().Matches(Read(file)).Select(region => (region.Groups["page"].Value, Dedent(region.Groups["text"].Value))))];

    /// <summary>A program's usings are those of its whole file.</summary>
    public static string WithoutUsings(string block) => Usings().Replace(block, "").TrimStart('\n');

    private static IEnumerable<string> FindFiles(string pattern)
    {
        var root = ReadmeTests.Root();
        return Find(root).Select(file => Path.GetRelativePath(root, file).Replace('\\', '/')).Order(StringComparer.Ordinal);

        IEnumerable<string> Find(string folder) => Directory.EnumerateFiles(folder, pattern).Concat(
            Directory.EnumerateDirectories(folder).Where(inner => Path.GetFileName(inner) is not ("bin" or "obj" or ['.', ..])).SelectMany(Find));
    }

    private static string Dedent(string block)
    {
        var lines = block.Trim('\n').TrimEnd().Split('\n');
        var margin = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length < margin ? "" : line[margin..]));
    }

    [GeneratedRegex("^```(?<language>\\w*)\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\]\((?<file>[^)#\s]*)(?:#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<text>[^\n]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^ *// PAGE (?<page>\S+)\n(?<text>.*?)\n *// END$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"^(using [\w.]+;\n)+")]
    private static partial Regex Usings();
}
