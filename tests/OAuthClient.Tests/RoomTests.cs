using NetArchTest.Rules;

namespace OAuthClient.Tests;

/// <summary>The house's rooms, as the types in the built assembly refer to each other.</summary>
public sealed class RoomTests
{
    private const string Registration = "Microsoft.Extensions.DependencyInjection";

    /// <summary>From the ground up: a room may use those before it, and none after.</summary>
    private static readonly string[] _rooms = ["Runtime", "Diagnostics", "Settings", "Store", "Protocol", "Restraint", "Tokens", "Clients", "Http", "DependencyInjection"];

    /// <summary>Each room, and its files' folder.</summary>
    public static TheoryData<string> Rooms => new(_rooms);

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_UsesNone_AboveIt(string room)
    {
        string[] above = [.. _rooms.SkipWhile(other => other != room).Skip(1).Select(Name), .. room == "DependencyInjection" ? Array.Empty<string>() : [Registration]];

        AssertNone(Types.InAssembly(typeof(OAuth2Handler).Assembly).That().ResideInNamespace(Name(room)).Should().NotHaveDependencyOnAny([.. above, "OAuthClient.None"]));
    }

    /// <summary>
    /// The public nouns know no room. What makes the handler without a container puts all of them together, and what an answer can be asked for is
    /// found by reading it, in one of them.
    /// </summary>
    [Fact]
    public void PublicNouns_UseNoRoom() =>
        AssertNone(Types.InAssembly(typeof(OAuth2Handler).Assembly).That().ResideInNamespaceMatching("^OAuthClient$").And().DoNotHaveName(nameof(OAuth2Handler), nameof(OAuth2HttpResponseMessageExtensions)).Should().NotHaveDependencyOnAny([.. _rooms.Select(Name)]));

    [Fact]
    public void Duende_IsNamed_InProtocolAlone() =>
        AssertNone(Types.InAssembly(typeof(OAuth2Handler).Assembly).That().DoNotResideInNamespace(Name("Protocol")).Should().NotHaveDependencyOnAny("Duende"));

    /// <summary>What decides is apart from what waits.</summary>
    [Fact]
    public void StateOfAToken_HasNoTasks() =>
        AssertNone(Types.InAssembly(typeof(OAuth2Handler).Assembly).That().HaveName(nameof(TokenState), nameof(FetchPlan)).Should().NotHaveDependencyOnAny("System.Threading.Tasks"));

    [Fact]
    public void Types_StandIn_TheRoomOfTheirFolder()
    {
        var root = Path.Combine(ReadmeTests.Root(), "src", "OAuthClient");
        var files = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file).Replace('\\', '/')).Where(file => !file.StartsWith("obj/", StringComparison.Ordinal) && !file.StartsWith("bin/", StringComparison.Ordinal)).ToArray();
        var folders = files.Select(file => Path.GetDirectoryName(file)!).Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(["", .. _rooms.Order(StringComparer.Ordinal)], folders);
        Assert.All(files, file =>
        {
            var text = File.ReadAllText(Path.Combine(root, file));
            var folder = Path.GetDirectoryName(file)!;
            Assert.Contains(folder.Length == 0 ? "namespace OAuthClient;" : text.Contains($"namespace {Registration};", StringComparison.Ordinal) ? $"namespace {Registration};" : $"namespace {Name(folder)};", text, StringComparison.Ordinal);
        });
    }

    private static string Name(string room) => $"OAuthClient.{room}";

    private static void AssertNone(ConditionList rule)
    {
        var result = rule.GetResult();

        Assert.NotEmpty(result.LoadedTypes);
        Assert.True(result.IsSuccessful, string.Join("; ", result.FailingTypes.Select(type => $"{type.FullName}: {type.Explanation}")));
    }
}
