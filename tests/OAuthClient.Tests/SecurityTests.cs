using System.Text.RegularExpressions;

namespace OAuthClient.Tests;

/// <summary>SECURITY.md promises nothing that no test keeps.</summary>
public sealed partial class SecurityTests
{
    private static readonly string[] _rows = File.ReadAllLines(Path.Combine(ReadmeTests.Root(), "SECURITY.md"))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Promise", StringComparison.Ordinal))
        .ToArray();

    [Fact]
    public void Promises_EachOfThem_NameTestsThatExist()
    {
        Assert.NotEmpty(_rows);
        Assert.All(_rows, row =>
        {
            var links = Link().Matches(row.Split(" | ")[^1]);
            Assert.NotEmpty(links);
            Assert.All(links, link =>
            {
                var (test, path) = (link.Groups[1].Value, Path.Combine(ReadmeTests.Root(), link.Groups[2].Value));
                Assert.True(File.Exists(path), $"{path} is not there.");
                Assert.True(Regex.IsMatch(File.ReadAllText(path), $@"\[(Fact|Theory)\b.*\n(\s*(\[|//).*\n)*\s*public (async Task|void) {test}\("), $"{test} is no test in {path}.");
            });
        });
    }

    [GeneratedRegex(@"\[(\w+)\]\((tests/[\w./]+\.cs)\)")]
    private static partial Regex Link();
}
