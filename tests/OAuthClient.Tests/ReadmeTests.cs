using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

public sealed partial class ReadmeTests
{
    private static string Readme => File.ReadAllText(Path.Combine(Root(), "README.md"));

    [Fact]
    public void CSharpBlocks_EachOfThem_IsCompiledHere()
    {
        var compiled = CompiledBlock().Matches(ReadCode()).Select(match => Dedent(match.Groups[1].Value)).ToArray();
        var shown = CSharpBlock().Matches(Readme).Select(match => Usings().Replace(match.Groups[1].Value, "").Trim()).ToArray();

        Assert.NotEmpty(shown);
        Assert.Equal(compiled, shown);
    }

    [Fact]
    public async Task Configuration_AsShown_IsValidOnceASecretIsThere()
    {
        var json = JsonBlock().Match(Readme).Groups[1].Value;
        var configuration = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json)))
            .AddInMemoryCollection([new("OAuth2:ClientSecret", "s")])
            .Build();
        await using var services = Register(collection => ReadmeCode.FromConfiguration(collection, configuration));

        var options = services.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get("orders");

        Assert.Equal("https://api.asgardeo.io/t/acme/oauth2/token", options.TokenEndpoint?.AbsoluteUri);
        Assert.Equal(["orders:read"], options.Scopes);
    }

    [Fact]
    public async Task TestingReadme_ItsLines_PointAnApplicationsClientsAtTheServer()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddOAuth2Client("orders", o =>
        {
            o.UseAsgardeo("acme").Scopes.Add("orders:read");
            (o.ClientId, o.ClientSecretFile, o.BaseAddress) = ("live", "/run/secrets/live", new Uri("https://api.acme.example/orders/"));
        });
        builder.Services.AddOAuth2Client("stock", o => o.UseConnection("STOCK"));
        ReadmeCode.ApplicationUnderTest(builder.Services, server);
        using var host = builder.Build();
        await host.StartAsync();

        foreach (var name in (string[])["orders", "stock"])
            await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(name).GetStringAsync("42");

        Assert.Equal((2, 2), (server.TokenRequests, server.ApiCalls));
        Assert.Contains(Dedent(TestingBlock().Match(ReadCode()).Groups[1].Value), File.ReadAllText(TestingReadme), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TestingReadme_ItsHandlerForTheTokenEndpoint_IsAsked()
    {
        var handler = new TokenAnswer();
        await using var app = await TestApp.StartAsync(services: services => ReadmeCode.TokenEndpointHandler(services, handler));

        Assert.Equal("made-up", (await app.GetTokenAsync()).Value);
        Assert.Contains("services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(() => handler)", File.ReadAllText(TestingReadme), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TestingReadme_ItsClockOfTheLibraryAlone_RenewsTokensAndNobodyElseHasIt()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(o => o.TimeProvider = clock);
        await using var app = Register(services =>
        {
            services.AddOAuth2Client("orders", _ => { });
            ReadmeCode.ApplicationUnderTest(services, server);
            ReadmeCode.ClockOfItsOwn(services, clock);
        });
        var http = app.GetRequiredService<IHttpClientFactory>().CreateClient("orders");

        await http.GetStringAsync("42");
        clock.Advance(TimeSpan.FromHours(2));
        await http.GetStringAsync("42");

        Assert.Equal((2, 2), (server.TokenRequests, server.ApiCalls));
        Assert.Same(TimeProvider.System, app.GetRequiredService<TimeProvider>());
        Assert.Contains("`services.AddKeyedSingleton<TimeProvider>(OAuth2Defaults.TimeProviderKey, clock)`", File.ReadAllText(TestingReadme), StringComparison.Ordinal);
    }

    [Fact]
    public void Troubleshooting_EachNameInIt_IsInTheCode()
    {
        var rows = Readme[Readme.IndexOf("### What is sent again", StringComparison.Ordinal)..Readme.IndexOf("## With a resilience handler", StringComparison.Ordinal)];
        var code = ReadCode();

        Assert.All(
            (string[])["content.LoadIntoBufferAsync()", "request.Headers.ExpectContinue = true", "request.SetOAuth2TokenRequest(new() { NoToken = true })", "services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)"],
            line => Assert.True(rows.Contains(line, StringComparison.Ordinal) && code.Contains(line, StringComparison.Ordinal), line));
    }

    [Fact]
    public void Settings_EachOfThem_IsInTheTable()
    {
        var table = Readme[Readme.IndexOf("## Settings", StringComparison.Ordinal)..Readme.IndexOf("## When things fail", StringComparison.Ordinal)];

        Assert.All(typeof(OAuth2ClientOptions).GetProperties(), property => Assert.Contains($"`{property.Name}`", table, StringComparison.Ordinal));
    }

    [Fact]
    public void Defaults_InTheTable_AreThoseOfTheOptions()
    {
        var options = new OAuth2ClientOptions();

        Assert.Contains($"| `RefreshBeforeExpiry` | `{options.RefreshBeforeExpiry:c}` |", Readme, StringComparison.Ordinal);
        Assert.Contains($"| `DefaultTokenLifetime` | `{options.DefaultTokenLifetime:c}` |", Readme, StringComparison.Ordinal);
        Assert.Contains($"| `TokenRequestTimeout` | `{options.TokenRequestTimeout:c}` |", Readme, StringComparison.Ordinal);
        Assert.Contains($"| `MaxTokens` | `{options.MaxTokens}` |", Readme, StringComparison.Ordinal);
        Assert.Contains($"| `HeaderName`, `HeaderScheme` | `{options.HeaderName}`, `{options.HeaderScheme}` |", Readme, StringComparison.Ordinal);
        Assert.Contains($"| `GrantType` | `{options.GrantType}` |", Readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_ToFiles_LeadSomewhere() =>
        Assert.All(Link().Matches(Readme), match => Assert.True(File.Exists(Path.Combine(Root(), match.Groups[1].Value)), $"{match.Value} leads nowhere."));

    [Fact]
    public void Links_ToHeadings_LeadSomewhere()
    {
        var headings = Heading().Matches(Readme).Select(match => match.Groups[1].Value.ToLowerInvariant().Replace(' ', '-'));

        Assert.All(Anchor().Matches(Readme), match => Assert.Contains(match.Groups[1].Value, headings));
    }

    private static string TestingReadme => Path.Combine(Root(), "src", "OAuthClient.Testing", "README.md");

    private static string ReadCode() => File.ReadAllText(Path.Combine(Root(), "tests", "OAuthClient.Tests", "ReadmeCode.cs"));

    private static ServiceProvider Register(Action<IServiceCollection> register)
    {
        var services = new ServiceCollection();
        register(services);
        return services.BuildServiceProvider();
    }

    private static string Dedent(string block)
    {
        var lines = block.Trim('\n').TrimEnd().Split('\n');
        var margin = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length < margin ? "" : line[margin..]));
    }

    internal static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));

    [GeneratedRegex(@"// README\n(.*?)\n *// END", RegexOptions.Singleline)]
    private static partial Regex CompiledBlock();

    [GeneratedRegex(@"// TESTING README\n(.*?)\n *// END", RegexOptions.Singleline)]
    private static partial Regex TestingBlock();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    // A program's own, of its whole file: .ci/run makes the program.
    [GeneratedRegex(@"^(using [\w.]+;\n)+")]
    private static partial Regex Usings();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex(@"^#+ ([\w ]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\(#([^)]+)\)")]
    private static partial Regex Anchor();

    [GeneratedRegex(@"\]\(([^)#:]+)\)")]
    private static partial Regex Link();

    private sealed class TokenAnswer : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StringContent("""{"access_token":"made-up","token_type":"Bearer"}""") });
    }
}
