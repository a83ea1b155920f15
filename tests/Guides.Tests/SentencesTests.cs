using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Guides.Tests;

/// <summary>Whoever meets a sentence of the library finds it on the page of errors, and the page has no sentence that nobody says.</summary>
public sealed partial class SentencesTests
{
    // Shorter ones say how a fault is told, and are to be found in the sentence around them.
    private const int FewestWords = 5;

    // Fewer letters would fit anything; the settings' own sentences are so many that the page tells their kinds.
    private const int FewestLetters = 12;

    private static readonly string _root = FindRoot();

    // Compared elsewhere with pages of their own, or no sentences about something that went wrong.
    private static readonly string[] _others = ["Log.cs", "GatewayCodes.cs", "Telemetry.cs", "DeviceCodePrompt.cs", "OAuth2TokenStatus.cs", "OAuth2Token.cs", "OAuth2RefreshToken.cs", "OAuth2RedisTokenStoreOptions.cs"];

    private static readonly string[] _files =
        [.. ((string[])["OAuthClient", "OAuthClient.Redis", "OAuthClient.HealthChecks"]).SelectMany(project => Directory.EnumerateFiles(Path.Combine(_root, "src", project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !Path.GetRelativePath(_root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj") && !_others.Contains(Path.GetFileName(file)))];

    private static readonly (string File, string Text)[] _texts = [.. _files.SelectMany(Read)];

    private static readonly string[] _rows = [.. ReadRows()];

    [Fact]
    public void Sentences_OfTheLibrary_AreOnThePage()
    {
        // What begins with the library's own name is a label for a key, and seen by nobody.
        var sentences = _texts.Where(text => !text.Text.StartsWith("OAuthClient: ", StringComparison.Ordinal) && CountWords(text.Text) >= FewestWords).ToArray();
        var missing = sentences.Where(sentence => !_rows.Any(row => Covers(row, sentence.Text) && (row.Count(char.IsLetter) >= FewestLetters || IsOfSettings(sentence.File)))).ToArray();

        Assert.True(sentences.Length > 150, "Where have they gone?");
        Assert.True(missing.Length == 0, string.Join('\n', missing.Select(sentence => $"{Path.GetFileName(sentence.File)}: {sentence.Text}")));
    }

    [Fact]
    public void Sentences_OfThePage_AreSaidByTheLibrary()
    {
        var unsaid = _rows.Where(row => !_texts.Any(text => Covers(row, text.Text))).ToArray();

        Assert.True(_rows.Length > 100, "Where have they gone?");
        Assert.True(unsaid.Length == 0, string.Join('\n', unsaid));
    }

    /// <summary>However short: what an exception is made with, behind the client's name, is on the page.</summary>
    [Fact]
    public void Exceptions_ThatAreMade_AreOnThePage()
    {
        string[] types = ["InvalidOperationException", "ArgumentException", "OAuth2TokenException", "OAuth2ApiException", "TokenFailure"];
        var made = _files.SelectMany(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot().DescendantNodes().OfType<ObjectCreationExpressionSyntax>())
            .Where(made => types.Contains(made.Type.ToString()) && made.ArgumentList is not null)
            .SelectMany(made => made.ArgumentList!.Arguments.Select(argument => ReadText(argument.Expression)).OfType<string>().Select(text => text.Replace("OAuth2 client '…': ", "", StringComparison.Ordinal)))
            .Where(text => CountWords(text) > 2).ToArray();
        var missing = made.Where(text => !_rows.Any(row => Covers(row, text))).ToArray();

        Assert.True(made.Length > 50, "Where have they gone?");
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    // In the order in which they stand there, with anything in between.
    private static bool Covers(string row, string text)
    {
        var at = 0;
        foreach (var piece in row.Split('…'))
        {
            if (text.IndexOf(piece, at, StringComparison.Ordinal) is var found && found < 0)
                return false;
            at = found + piece.Length;
        }

        return true;
    }

    private static int CountWords(string text) => text.Split(' ').Count(word => word.Any(char.IsAsciiLetterLower));

    private static bool IsOfSettings(string file) => file.Contains($"{Path.DirectorySeparatorChar}Settings{Path.DirectorySeparatorChar}", StringComparison.Ordinal) || file.EndsWith("OptionsValidator.cs", StringComparison.Ordinal);

    // Each string that the code holds, what is put in being a gap; the pieces of a sentence that are put in count by themselves.
    private static IEnumerable<(string File, string Text)> Read(string file)
    {
        foreach (var node in CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot().DescendantNodes())
        {
            if (node.FirstAncestorOrSelf<AttributeSyntax>() is not null)
                continue;
            if (ReadText(node) is { } text)
                yield return (file, text);
        }
    }

    private static string? ReadText(SyntaxNode node) => node switch
    {
        LiteralExpressionSyntax { RawKind: (int)SyntaxKind.StringLiteralExpression } literal => literal.Token.ValueText,
        InterpolatedStringExpressionSyntax interpolated => string.Concat(interpolated.Contents.Select(content => content is InterpolatedStringTextSyntax text ? text.TextToken.ValueText : "…")),
        _ => null,
    };

    // What the tables of sentences quote, and what is listed of event 6.
    private static IEnumerable<string> ReadRows()
    {
        var page = File.ReadAllText(Path.Combine(_root, "src", "OAuthClient", "Diagnostics", "README.md")).ReplaceLineEndings("\n");
        var (isTable, isList) = (false, false);
        foreach (var line in page[page.IndexOf("## No token", StringComparison.Ordinal)..page.IndexOf("## Events", StringComparison.Ordinal)].Split('\n'))
        {
            isTable = line.StartsWith("| Sentence |", StringComparison.Ordinal) || (isTable && line.StartsWith('|'));
            isList = line.StartsWith("What event 6 gives", StringComparison.Ordinal) || (isList && line.Length > 0);
            foreach (Match quoted in Quoted().Matches(isTable ? line.Split(" | ")[0] : isList ? line : ""))
                yield return quoted.Groups[1].Value;
        }
    }

    private static string FindRoot([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
