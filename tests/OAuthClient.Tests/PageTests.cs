using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OAuthClient.Tests;

/// <summary>The pages of the repository say what the code says, and lead where they say.</summary>
public sealed class PageTests
{
    private static readonly string[] _proofs = ["Secret", "PrivateKey", "ClientAssertion", "ClientCertificate"];

    public static TheoryData<string> All => [.. Pages.All];

    public static TheoryData<string> WithCode => [.. Pages.All.Where(page => Pages.FindBlocks(page, "csharp").Length > 0)];

    public static TheoryData<string> WithSettings => [.. Pages.All.Where(page => Pages.FindBlocks(page, "json").Length > 0)];

    [Theory]
    [MemberData(nameof(All))]
    public void Links_OfAPage_LeadSomewhere(string page)
    {
        var folder = Path.GetDirectoryName(page)!;

        Assert.All(Pages.FindLinks(page), link =>
        {
            var target = link.File.Length == 0 ? page : Path.GetRelativePath(ReadmeTests.Root(), Path.GetFullPath(Path.Combine(ReadmeTests.Root(), folder, link.File))).Replace('\\', '/');
            Assert.True(Path.Exists(Path.Combine(ReadmeTests.Root(), target)), $"{page} leads to {link.File}, which is not there.");
            if (link.Heading.Length > 0)
                Assert.True(Pages.FindAnchors(target).Contains(link.Heading), $"{page} leads to #{link.Heading}, which {target} does not have.");
        });
    }

    /// <summary>Code that nobody has compiled is no code. What is compiled for a page and not shown there is out of date.</summary>
    [Theory]
    [MemberData(nameof(WithCode))]
    public void Code_OfAPage_IsCompiled(string page) =>
        Assert.Equal(
            Pages.Compiled.Where(region => region.Page == page).Select(region => region.Text).Order(StringComparer.Ordinal),
            Pages.FindBlocks(page, "csharp").Select(Pages.WithoutUsings).Order(StringComparer.Ordinal));

    [Fact]
    public void Code_ThatIsCompiledForAPage_NamesOneThatIsThere()
    {
        Assert.All(Pages.Compiled, region => Assert.Contains(region.Page, Pages.All));
        Assert.True(Pages.Compiled.Length > 30, "Where have they gone?");
    }

    /// <summary>Each block makes clients that are valid once they have a secret, which no page writes into a file, and the files that they name.</summary>
    [Theory]
    [MemberData(nameof(WithSettings))]
    public async Task Settings_OfAPage_AreValidOnceSecretsAreThere(string page)
    {
        var folder = Directory.CreateTempSubdirectory("page-");
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "orders.pem"), key.ExportPkcs8PrivateKeyPem());
            Assert.All(Pages.FindBlocks(page, "json"), block => Check(block.Replace("/run/secrets", folder.FullName.Replace('\\', '/'), StringComparison.Ordinal)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

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

    /// <summary>The lines of the page beside a room's code.</summary>
    internal static string[] Read(string room) => Pages.Read($"src/OAuthClient/{room}/README.md").Split('\n');

    private static void Check(string json)
    {
        var settings = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).AddInMemoryCollection().Build();
        var services = new ServiceCollection();
        List<IConfigurationSection> clients = [];
        foreach (var section in settings.GetChildren())
        {
            switch (section.Key)
            {
                case "OAuth2":
                    clients.Add(section);
                    ReadmeCode.FromConfiguration(services, settings);
                    break;
                case "OAuth2Clients":
                    clients.AddRange(section.GetChildren().Where(child => child.Key != "Defaults"));
                    ReadmeCode.SeveralFromConfiguration(services, settings);
                    break;
                case "Clients":
                    clients.AddRange(section.GetChildren());
                    services.AddOAuth2Clients(section);
                    break;
                case "Logging":
                    services.AddLogging(logging => logging.AddConfiguration(section));
                    Assert.Contains(Get<IOptions<LoggerFilterOptions>>(services).Value.Rules, rule => rule.CategoryName == "OAuthClient");
                    break;
                default:
                    Assert.Fail($"Nobody knows the section {section.Key}.");
                    break;
            }
        }

        foreach (var client in clients.Where(client => !client.GetChildren().Any(setting => _proofs.Any(proof => setting.Key.Contains(proof, StringComparison.Ordinal)))))
            client["ClientSecret"] = "s";
        Assert.All(clients, client => Assert.NotNull(Get<IOptionsMonitor<OAuth2ClientOptions>>(services).Get(client.Key == "OAuth2" ? "orders" : client.Key).ClientId));
    }

    private static T Get<T>(IServiceCollection services)
        where T : notnull => services.BuildServiceProvider().GetRequiredService<T>();
}
