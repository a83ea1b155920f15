using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

public sealed partial class ReadmeTests
{
    private static string Readme => File.ReadAllText(Path.Combine(Root(), "README.md"));

    /// <summary>Somebody who has never heard of it reads it in five minutes.</summary>
    [Fact]
    public void Readme_IsShort() => Assert.InRange(Readme.TrimEnd('\n').Split('\n').Length, 1, 120);

    [Fact]
    public void Guides_EachOfThem_IsInTheList()
    {
        var guides = Readme[Readme.IndexOf("## Guides", StringComparison.Ordinal)..Readme.IndexOf("## Dependencies", StringComparison.Ordinal)];

        Assert.All(Pages.All.Where(page => page.StartsWith("src/", StringComparison.Ordinal)), page => Assert.Contains($"]({page})", guides, StringComparison.Ordinal));
    }

    [Fact]
    public void Platforms_LinesOfEachOfThem_AreInTheCode()
    {
        var lines = Line().Matches(Readme).Select(match => match.Groups[1].Value).ToArray();

        Assert.True(lines.Length > 8);
        Assert.All(lines, line => Assert.Contains($"        {line};\n", ReadCode(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Configuration_AsShown_IsThatOfTheTenLines()
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Pages.FindBlocks("README.md", "json").Single()))).AddInMemoryCollection([new("OAuth2:ClientSecret", "s")]).Build();
        await using var services = Register(collection => ReadmeCode.FromConfiguration(collection, configuration));

        var options = services.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get("orders");

        Assert.All((string[])[options.TokenEndpoint!.OriginalString, options.BaseAddress!.OriginalString, Assert.Single(options.Scopes)], text => Assert.Contains($"\"{text}\"", Pages.FindBlocks("README.md", "csharp").Single(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tenants_AsShown_EachHaveATokenOfTheirOwn()
    {
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.Clients.Add(new TestClient("acme", "acme-secret"));
            o.Clients.Add(new TestClient("globex", "globex-secret"));
        });
        await using var services = Register(collection =>
        {
            collection.AddSingleton(new ReadmeCode.Tenants(new()
            {
                ["acme"] = new() { TokenEndpoint = server.TokenEndpoint, BaseAddress = server.ApiBaseAddress, ClientId = "acme", ClientSecret = "acme-secret" },
                ["globex"] = new() { TokenEndpoint = server.TokenEndpoint, BaseAddress = server.ApiBaseAddress, ClientId = "globex", ClientSecret = "globex-secret" },
            }));
            ReadmeCode.ManyTenants(collection);
        });
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient("tenants");

        foreach (var tenant in (string[])["acme", "globex", "acme"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.ApiBaseAddress, "orders"));
            Assert.Contains($"\"{tenant}\"", await ReadmeCode.CallOfATenant(http, request, tenant), StringComparison.Ordinal);
        }

        Assert.Equal(2, server.TokenRequests);
    }

    [Fact]
    public async Task Fleet_AsShown_AsksForOneToken()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var cache = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));

        for (var instance = 0; instance < 3; instance++)
        {
            await using var services = Register(collection =>
            {
                collection.AddOAuth2Client("orders", _ => { });
                ReadmeCode.ApplicationUnderTest(collection, server);
                collection.AddSingleton<IDistributedCache>(cache);
                ReadmeCode.Fleet(collection);
                collection.Configure<OAuth2TokenStoreOptions>(o => (o.Key, o.KeyFile) = (Convert.ToBase64String(new byte[32]), null));
            });
            await services.GetRequiredService<IHttpClientFactory>().CreateClient("orders").GetStringAsync("42");
        }

        Assert.Equal((1, 3), (server.TokenRequests, server.ApiCalls));
    }

    [Fact]
    public async Task GatewayErrors_AsShown_ThrowWhatTheGatewaySays()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.RequiredScopes["/api/orders/42"] = "orders:read");
        await using var services = Register(collection =>
        {
            collection.AddOAuth2Client("orders", _ => { });
            ReadmeCode.ApplicationUnderTest(collection, server);
        });

        var failure = await Assert.ThrowsAsync<OAuth2ApiException>(() => ReadmeCode.GatewayErrors(services.GetRequiredService<IHttpClientFactory>().CreateClient("orders")));

        Assert.Equal("900910", failure.GatewayError?.Code);
    }

    [Fact]
    public async Task TestingReadme_ItsServers_Start()
    {
        Assert.True((await ReadmeCode.AServer()).IsLoopback);
        Assert.Contains("token_endpoint", await ReadmeCode.Https("oauth2/token/.well-known/openid-configuration"), StringComparison.Ordinal);
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
    public void Remedies_EachOfThem_AreInTheCode()
    {
        var pages = Pages.Read("src/OAuthClient/Diagnostics/README.md") + Pages.Read("src/OAuthClient/Http/Resilience.md") + Pages.Read("src/OAuthClient/DependencyInjection/README.md");
        var code = Pages.Read("tests/OAuthClient.Tests/ReadmeCode.Http.cs");

        Assert.All(
            (string[])["content.LoadIntoBufferAsync()", "request.Headers.ExpectContinue = true", "request.SetOAuth2TokenRequest(new() { NoToken = true })", "Services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)"],
            line => Assert.True(pages.Contains(line, StringComparison.Ordinal) && code.Contains(line, StringComparison.OrdinalIgnoreCase), line));
    }

    [Fact]
    public void Settings_EachOfThem_IsInTheTable()
    {
        var names = Name().Matches(string.Join('\n', Settings.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split(" | ")[0] + " " + line.Split(" | ")[^1]))).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.All(typeof(OAuth2ClientOptions).GetProperties(), property => Assert.Contains(property.Name, names));
        Assert.All(
            Settings.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).SelectMany(line => Name().Matches(line.Split(" | ")[0])),
            match => Assert.True(typeof(OAuth2ClientOptions).GetProperty(match.Groups[1].Value) is not null, $"There is no setting {match.Groups[1].Value}."));
    }

    [Fact]
    public void Defaults_InTheTable_AreThoseOfTheOptions()
    {
        var options = new OAuth2ClientOptions();

        Assert.All(
            (string[])[
                $"| `RefreshBeforeExpiry` | `{options.RefreshBeforeExpiry:c}` |", $"| `DefaultTokenLifetime` | `{options.DefaultTokenLifetime:c}` |", $"| `TokenRequestTimeout` | `{options.TokenRequestTimeout:c}` |",
                $"| `TransientFailureWait` | `{options.TransientFailureWait:c}` |", $"| `MaxTokens` | `{options.MaxTokens}` |", $"| `MaxRequestContentBufferSize` | `{options.MaxRequestContentBufferSize}` |",
                $"| `HeaderName`, `HeaderScheme` | `{options.HeaderName}`, `{options.HeaderScheme}` |", $"| `GrantType` | `{options.GrantType}` |",
            ],
            row => Assert.Contains(Settings, line => line.StartsWith(row, StringComparison.Ordinal)));
    }

    private static string[] Settings => Pages.Read("src/OAuthClient/Settings/README.md").Split('\n');

    private static string TestingReadme => Path.Combine(Root(), "src", "OAuthClient.Testing", "README.md");

    private static string ReadCode() => File.ReadAllText(Path.Combine(Root(), "tests", "OAuthClient.Tests", "ReadmeCode.cs"));

    private static ServiceProvider Register(Action<IServiceCollection> register)
    {
        var services = new ServiceCollection();
        register(services);
        return services.BuildServiceProvider();
    }

    internal static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));

    [GeneratedRegex("`(o\\.[^`]+)`")]
    private static partial Regex Line();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Name();

    private sealed class TokenAnswer : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StringContent("""{"access_token":"made-up","token_type":"Bearer"}""") });
    }
}
