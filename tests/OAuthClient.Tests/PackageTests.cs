using System.Reflection;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

/// <summary>What a user of the packages takes on with them.</summary>
public sealed class PackageTests
{
    public static TheoryData<Assembly> Shipped => new() { typeof(OAuth2Handler).Assembly, typeof(OAuth2TestServer).Assembly };

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
}
