using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

/// <summary>What a user of the packages takes on with them.</summary>
public sealed partial class PackageTests
{
    private const string Address = "https://github.com/example/oauthclient";

    public static TheoryData<Assembly> Shipped => new() { typeof(OAuth2Handler).Assembly, typeof(OAuth2TestServer).Assembly, typeof(OAuthClient.Redis.OAuth2RedisTokenStoreOptions).Assembly, typeof(Microsoft.Extensions.DependencyInjection.OAuth2HealthChecksBuilderExtensions).Assembly, typeof(OAuth2OpenApiExtensions).Assembly };

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Assembly_FromTheSameSources_HasTheSameBytes(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));

        Assert.Contains(file.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);
    }

    [Fact]
    public void Versions_OfEveryPackage_ArePinned()
    {
        var versions = XDocument.Load(Path.Combine(ReadmeTests.Root(), "Directory.Packages.props")).Descendants("PackageVersion").ToArray();

        Assert.NotEmpty(versions);
        Assert.All(versions, version => Assert.Matches(@"^\d+\.\d+\.\d+$", version.Attribute("Version")!.Value));
    }

    /// <summary>A vulnerable package fails the restore, which warnings do where they are errors; nobody is to switch that off.</summary>
    [Fact]
    public void Advisories_AgainstShippedPackages_AreSilencedNowhere() =>
        Assert.All(
            Directory.EnumerateFiles(ReadmeTests.Root(), "*.props").Concat(Directory.EnumerateFiles(Path.Combine(ReadmeTests.Root(), "src"), "*.*proj", SearchOption.AllDirectories)).Concat(Directory.EnumerateFiles(Path.Combine(ReadmeTests.Root(), "src"), "*.props")),
            file => Assert.DoesNotMatch("NuGetAuditSuppress|<NuGetAudit>false|NU190|<TreatWarningsAsErrors>false|WarningsNotAsErrors", File.ReadAllText(file)));

    [Fact]
    public void Library_DependsOn_WhatTheReadmeSays()
    {
        var project = XDocument.Load(Path.Combine(ReadmeTests.Root(), "src", "OAuthClient", "OAuthClient.csproj"));
        var readme = File.ReadAllText(Path.Combine(ReadmeTests.Root(), "README.md"));
        var table = readme[readme.IndexOf("## Dependencies, and why", StringComparison.Ordinal)..];

        var packages = project.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value).ToArray();

        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.Contains($"| {package} |", table, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public async Task Page_OfEachPackage_SaysWhatItIs(Assembly assembly)
    {
        using var package = await PackAsync(assembly, Address);
        var nuspec = XDocument.Parse(Read(package, $"{assembly.GetName().Name}.nuspec")).Root!.Elements().Single();

        Assert.Equal(Address, Value("projectUrl"));
        Assert.Equal(Address, Element("repository").Attribute("url")?.Value);
        Assert.Equal("README.md", Value("readme"));
        Assert.Equal("MIT", Value("license"));
        Assert.Equal((128, 128), ReadSize(package.GetEntry(Value("icon"))!));

        // Those of WSO2's platforms that have been renamed are searched for by either name.
        Assert.Superset(
            new HashSet<string> { "wso2", "asgardeo", "wso2-identity-platform", "bijira", "wso2-api-platform", "choreo", "wso2-developer-platform", "devant", "wso2-integration-platform", "wso2-api-manager", "wso2-identity-server" },
            Value("tags").Split(' ').ToHashSet());

        // What uses more of OAuthClient than that publishes goes with its own version alone.
        var isInside = typeof(OAuth2Token).Assembly.GetCustomAttributes<InternalsVisibleToAttribute>().Any(friend => friend.AssemblyName.Split(',')[0] == assembly.GetName().Name);
        Assert.All(
            nuspec.Descendants().Where(element => element.Name.LocalName == "dependency" && element.Attribute("id")!.Value == "OAuthClient"),
            dependency => Assert.Equal(isInside ? $"[{Value("version")}]" : Value("version"), dependency.Attribute("version")!.Value));

        var changes = File.ReadAllText(Path.Combine(ReadmeTests.Root(), "CHANGELOG.md"));
        Assert.Contains($"## {Value("version")} ", changes, StringComparison.Ordinal);
        Assert.StartsWith("- ", Value("releaseNotes"), StringComparison.Ordinal);
        Assert.Contains(Value("releaseNotes").ReplaceLineEndings("\n"), changes, StringComparison.Ordinal);

        XElement Element(string name) => nuspec.Elements().Single(element => element.Name.LocalName == name);
        string Value(string name) => Element(name).Value;
    }

    /// <summary>A package's page has no files beside it.</summary>
    [Theory]
    [MemberData(nameof(Shipped))]
    public async Task Readme_OfEachPackage_LeadsToTheRepository(Assembly assembly)
    {
        var source = FindReadme(assembly);
        using var package = await PackAsync(assembly, $"{Address}.git");
        var readme = Read(package, "README.md");

        var links = Link().Matches(readme).Select(link => link.Groups["to"].Value).Where(to => !to.StartsWith('#')).ToArray();
        var files = links.Where(to => to.StartsWith("https://github.com/example/oauthclient/blob/", StringComparison.Ordinal) || to.StartsWith("https://raw.githubusercontent.com/example/oauthclient/", StringComparison.Ordinal))
            .Select(to => Path.GetFullPath(Path.Combine(ReadmeTests.Root(), InRepository().Match(to).Groups[1].Value)));

        Assert.All(links, to => Assert.True(Uri.IsWellFormedUriString(to, UriKind.Absolute), $"{to} leads nowhere."));
        Assert.Equal(Link().Matches(source.Text).Select(link => link.Groups["to"].Value).Where(IsRelative).Select(to => Path.GetFullPath(Path.Combine(source.Directory, to))), files);
        Assert.All(Link().Matches(readme), link => Assert.Equal(link.Value.StartsWith('!'), link.Groups["to"].Value.StartsWith("https://raw.", StringComparison.Ordinal)));
        Assert.Equal(Link().Replace(source.Text, "${words}"), Link().Replace(readme, "${words}"));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public async Task Readme_WhereNobodySaysWhereTheRepositoryIs_HasNoDeadLink(Assembly assembly)
    {
        using var package = await PackAsync(assembly, "");

        Assert.Equal(Link().Replace(FindReadme(assembly).Text, link => IsRelative(link.Groups["to"].Value) ? link.Groups["words"].Value : link.Value), Read(package, "README.md"));
    }

    /// <summary>The compiler writes down internal members too, which IntelliSense and documentation sites would show.</summary>
    [Theory]
    [MemberData(nameof(Shipped))]
    public async Task Documentation_OfEachPackage_TellsOfPublicMembersAlone(Assembly assembly)
    {
        using var package = await PackAsync(assembly, Address);
        var documented = package.Entries.Where(entry => entry.FullName.StartsWith("lib/", StringComparison.Ordinal) && entry.Name == $"{assembly.GetName().Name}.xml")
            .SelectMany(entry => XDocument.Parse(Read(package, entry.FullName)).Descendants("member"))
            .Select(member => member.Attribute("name")!.Value.Split('(')[0][2..]);

        var seen = assembly.GetExportedTypes().SelectMany(type => type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(member => member is not MethodBase { IsSpecialName: true } and not ConstructorInfo and not FieldInfo { IsSpecialName: true } || member is ConstructorInfo constructor && constructor.GetParameters().Length > 0)
            .Select(member => $"{type.FullName}.{member.Name.Replace('.', '#')}").Prepend(type.FullName!));

        Assert.Equal(seen.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    /// <summary>The package of the assembly as it was built for these tests, made as a release makes it.</summary>
    private static async Task<ZipArchive> PackAsync(Assembly assembly, string address)
    {
        var directory = Directory.CreateTempSubdirectory("package-");
        try
        {
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
            {
                WorkingDirectory = Path.Combine(ReadmeTests.Root(), "src", assembly.GetName().Name!),
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            var framework = new FrameworkName(assembly.GetCustomAttribute<TargetFrameworkAttribute>()!.FrameworkName).Version;

            // One of the frameworks alone is sure to be there: there is nothing to compare it with, and the packer would warn of it.
            foreach (var argument in (string[])["pack", "--no-build", "--no-restore", "--nologo", "-nodeReuse:false", "--output", directory.FullName,
                "--configuration", assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration,
                $"-p:TargetFrameworks=net{framework}", "-p:NoWarn=NU5128", "-p:EnablePackageValidation=false", $"-p:NuspecOutputPath={directory.FullName}/", $"-p:RepositoryUrl={address}"])
                start.ArgumentList.Add(argument);

            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, output);

            return new ZipArchive(new MemoryStream(await File.ReadAllBytesAsync(directory.GetFiles("*.nupkg").Single().FullName)));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static (string Text, string Directory) FindReadme(Assembly assembly)
    {
        var directory = assembly == typeof(OAuth2Handler).Assembly ? ReadmeTests.Root() : Path.Combine(ReadmeTests.Root(), "src", assembly.GetName().Name!);
        return (File.ReadAllText(Path.Combine(directory, "README.md")), directory);
    }

    private static string Read(ZipArchive package, string name)
    {
        using var reader = new StreamReader(package.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }

    /// <summary>Width and height, which stand at the start of every PNG.</summary>
    private static (int Width, int Height) ReadSize(ZipArchiveEntry picture)
    {
        var start = new byte[24];
        using var stream = picture.Open();
        stream.ReadExactly(start);
        Assert.Equal("PNG"u8, start.AsSpan(1, 3));
        return (BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(20)));
    }

    private static bool IsRelative(string link) => !link.StartsWith('#') && !link.Contains(':', StringComparison.Ordinal);

    [GeneratedRegex(@"!?\[(?<words>[^\]]*)\]\((?<to>[^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("(?:/blob)?/[0-9a-f]{40}/(.+)")]
    private static partial Regex InRepository();
}
