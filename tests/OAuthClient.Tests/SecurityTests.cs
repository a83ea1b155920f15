using System.Text.RegularExpressions;
using OAuthClient.Tests.Canaries;

namespace OAuthClient.Tests;

/// <summary>SECURITY.md promises nothing that no test keeps.</summary>
public sealed partial class SecurityTests
{
    private static readonly string _text = File.ReadAllText(Path.Combine(ReadmeTests.Root(), "SECURITY.md"));

    [Fact]
    public void Promises_EachOfThem_NameTests()
    {
        var rows = _text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Promise", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Matches(Link(), row.Split(" | ")[^1]));
    }

    [Fact]
    public void Tests_ThatAreNamed_Exist() => Assert.All(Link().Matches(_text), link =>
    {
        var (test, path) = (link.Groups[1].Value, Path.Combine(ReadmeTests.Root(), link.Groups[2].Value));
        Assert.True(File.Exists(path), $"{path} is not there.");
        Assert.True(Regex.IsMatch(File.ReadAllText(path), $@"\[(Fact|Theory)\b.*\n(\s*(\[|//).*\n)*\s*public (async Task|void) {test}\("), $"{test} is no test in {path}.");
    });

    /// <summary>No canary listens to these sources.</summary>
    [Theory]
    [InlineData($"`{EventSightings.InternalDiagnostics}*`")]
    [InlineData($"`{EventSightings.Bridge}`")]
    public void EventSources_ThatShowSecrets_AreNamed(string name) => Assert.Contains(name, _text[_text.IndexOf("## What it cannot promise", StringComparison.Ordinal)..], StringComparison.Ordinal);

    [GeneratedRegex(@"\[(\w+)\]\((tests/[\w./]+\.cs)\)")]
    private static partial Regex Link();
}
