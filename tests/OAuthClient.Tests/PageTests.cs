using System.Net;
using System.Text.RegularExpressions;

namespace OAuthClient.Tests;

/// <summary>The pages that stand beside the code say what the code says, and lead where they say.</summary>
public sealed partial class PageTests
{
    public static TheoryData<string> Rooms => new("", "Diagnostics", "Http");

    [Fact]
    public void Codes_OfGateways_AreThoseOfTheCode()
    {
        var page = Read("Http");
        var rows = page.Where(line => line.StartsWith("| 7", StringComparison.Ordinal) || line.StartsWith("| 9", StringComparison.Ordinal));

        Assert.Equal(
            GatewayCodes.Known.Order(StringComparer.Ordinal).Select(code => (Code: code, Known: GatewayCodes.Explain(code, HttpStatusCode.Unauthorized, isRejection: true))).Select(row => $"| {row.Code} | {row.Known.Meaning} | {row.Known.Remedy} | `{row.Known.Verdict}` |"),
            rows);
        var upstream = GatewayCodes.Explain("102500", HttpStatusCode.InternalServerError, isRejection: false);
        Assert.Contains($"| 1025.. | {upstream.Meaning} | {upstream.Remedy} | `{upstream.Verdict}` |", page);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Links_OfAPage_LeadSomewhere(string room) =>
        Assert.All(Link().Matches(string.Join('\n', Read(room))), link =>
        {
            var file = link.Groups["file"].Value is { Length: > 0 } path ? Path.Combine(Folder(room), path) : Path.Combine(Folder(room), "README.md");
            Assert.True(File.Exists(file), $"{link.Value} leads nowhere.");
            if (link.Groups["heading"].Value is { Length: > 0 } heading)
                Assert.Contains(heading, Heading().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value.ToLowerInvariant().Replace(' ', '-').Replace(",", "", StringComparison.Ordinal)));
        });

    /// <summary>The lines of the page beside a room's code.</summary>
    internal static string[] Read(string room) => File.ReadAllLines(Path.Combine(Folder(room), "README.md"));

    private static string Folder(string room) => Path.Combine(ReadmeTests.Root(), "src", "OAuthClient", room);

    [GeneratedRegex(@"\]\((?<file>[^)#:]*)(?:#(?<heading>[^)]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ ([^\r\n]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
