using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

public sealed class OAuth2ServiceCollectionExtensionsTests
{
    [Fact]
    public async Task AddOAuth2Client_SameNameTwice_ComposesOptionsAndGivesOneHandler()
    {
        await using var app = await TestApp.StartAsync(
            client: client => client.Scopes.Add("a"),
            services: services => services.AddOAuth2Client(TestApp.ClientName, client => client.Scopes.Add("b")));
        app.Server.ApiBehavior.FailUntilCleared(401);

        using var response = await app.CreateClient().GetAsync("orders");

        // One call, and one more with a new token. A second handler would double that.
        Assert.Equal(2, app.Server.ApiCalls);
        Assert.Equal("a b", app.Server.RecordedTokenRequests[0].Form["scope"]);
    }

    [Fact]
    public async Task AddOAuth2Client_WithBaseAddress_HandsItToTheHttpClient()
    {
        await using var app = await TestApp.StartAsync();

        Assert.Equal(app.Server.ApiBaseAddress, app.CreateClient().BaseAddress);
    }

    [Fact]
    public async Task AddOAuth2Client_WithBaseAddressOnItsBuilder_HasThatOneInstead()
    {
        await using var app = await TestApp.StartAsync(
            client: client => client.BaseAddress = new Uri("https://other.example/"),
            services: services => services.AddHttpClient(TestApp.ClientName).ConfigureHttpClient((provider, http) => http.BaseAddress = provider.GetRequiredService<IOptions<ApiAddress>>().Value.Address));
        app.Services.GetRequiredService<IOptions<ApiAddress>>().Value.Address = app.Server.ApiBaseAddress;

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.True(response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task AddOAuth2Client_WithServiceProvider_ConfiguresFromServices()
    {
        await using var app = await TestApp.StartAsync(
            client: client => client.ClientSecret = null,
            services: services => services
                .AddSingleton(new TestClient("any", OAuth2TestServer.DefaultClientSecret))
                .AddOAuth2Client(TestApp.ClientName, (provider, client) => client.ClientSecret = provider.GetRequiredService<TestClient>().ClientSecret));

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.True(response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task AddOAuth2Client_TwoBadClients_AreBothReportedWhenTheHostStarts()
    {
        var exception = await StartHostAsync(services =>
        {
            services.AddOAuth2Client("orders", client => client.ClientId = "app");
            services.AddOAuth2Client("billing", client => client.TokenEndpoint = new Uri("https://idp.example/token"));
        });

        var all = exception!.ToString();
        Assert.Contains("OAuth2 client 'orders': TokenEndpoint is not set.", all, StringComparison.Ordinal);
        Assert.Contains("OAuth2 client 'billing': ClientId is not set.", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddOAuth2Client_BadClient_IsReportedOnceAndWithAllItsProblems()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Orders:ClientIdd", "app")]).Build();

        var exception = await StartHostAsync(services => services.AddOAuth2Client("orders", configuration.GetSection("Orders")));

        Assert.Equal(
            """
            OAuth2 client 'orders': Orders:ClientIdd is no setting of an OAuth2 client; did you mean ClientId?
              TokenEndpoint is not set. Set it, or Provider for a built-in one, or Issuer to have it looked up.
              ClientId is not set. It is the consumer key or client id that the developer portal shows.
              ClientSecret is not set. Set it, ClientSecretFile or ClientSecretCallback; for a public client set ClientAuthenticationMethod to None.
            """,
            Assert.IsType<OptionsValidationException>(exception).Message);
    }

    [Fact]
    public async Task AddOAuth2Client_GoodClients_LetTheHostStart() => Assert.Null(await StartHostAsync(services =>
    {
        AddGoodClient(services, "orders");
        AddGoodClient(services, "billing");
        services.AddHttpClient("reports").AddOAuth2Handler("orders");
    }));

    [Fact]
    public async Task AddOAuth2Client_BadClientWithoutHost_FirstCallSaysWhatIsWrong()
    {
        await using var app = await TestApp.StartAsync(client: client => client.ClientId = null);

        var call = await Assert.ThrowsAsync<OptionsValidationException>(() => app.CreateClient().GetAsync("orders"));
        var token = await Assert.ThrowsAsync<OptionsValidationException>(async () => await app.Tokens.GetTokenAsync(TestApp.ClientName));

        Assert.StartsWith("OAuth2 client 'orders': ClientId is not set.", call.Message, StringComparison.Ordinal);
        Assert.Equal(call.Message, token.Message);
    }

    [Fact]
    public async Task GetTokenAsync_UnknownName_SaysWhichAreRegistered()
    {
        await using var app = await TestApp.StartAsync();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(async () => await app.Tokens.GetTokenAsync("Orders"));

        Assert.Equal("OAuth2 client 'Orders': No client has this name; registered are 'orders'. Register it with AddOAuth2Client(\"Orders\", ...).", exception.Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void AddOAuth2Client_WithoutName_Throws(string? name) =>
        Assert.ThrowsAny<ArgumentException>(() => new ServiceCollection().AddOAuth2Client(name!, _ => { }));

    [Fact]
    public async Task Reload_NewSecret_IsUsedByTheNextCall()
    {
        var configuration = Configuration(("ClientSecret", OAuth2TestServer.DefaultClientSecret));
        await using var app = await StartAsync(configuration);
        (await app.CreateClient().GetAsync("orders")).EnsureSuccessStatusCode().Dispose();

        app.Server.Options.Clients[0].ClientSecret = "rotated";
        app.Server.RevokeAllTokens();
        configuration["OAuth2:ClientSecret"] = "rotated\n";
        configuration.Reload();

        (await app.CreateClient().GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
        Assert.Equal([200, 200], app.Server.RecordedTokenRequests.Select(request => request.StatusCode));

        // The old token served until it was rejected.
        Assert.Equal(3, app.Server.ApiCalls);
    }

    [Fact]
    public async Task Reload_NewEndpoint_IsUsedByTheNextCall()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        var configuration = Configuration(("Scopes", "a"));
        await using var app = await StartAsync(configuration);
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        configuration["OAuth2:TokenEndpoint"] = other.TokenEndpoint.AbsoluteUri;
        configuration.Reload();
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal((1, 1), (app.Server.TokenRequests, other.TokenRequests));
    }

    [Fact]
    public async Task Reload_NothingChanged_KeepsTheToken()
    {
        var configuration = Configuration(("Scopes", "a"));
        await using var app = await StartAsync(configuration);
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        configuration.Reload();
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Reload_InvalidSettings_KeepsTheLastGoodOnesAndLogsOnce()
    {
        var configuration = Configuration(("Scopes", "a"));
        await using var app = await StartAsync(configuration);
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        configuration["OAuth2:Scopes"] = "b";
        configuration["OAuth2:TokenRequestTimeout"] = "30";
        configuration.Reload();
        await app.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest { ForceNewToken = true });

        Assert.Equal("a", app.Server.RecordedTokenRequests[1].Form["scope"]);
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "OAuth2:TokenRequestTimeout must be hours, minutes and seconds; for 30 seconds write '00:00:30'"));

        configuration["OAuth2:TokenRequestTimeout"] = "00:00:30";
        configuration.Reload();
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal("b", app.Server.RecordedTokenRequests[2].Form["scope"]);
    }

    [Fact]
    public async Task Reload_InvalidSettingsUnderAHost_KeepsTheLastGoodOnes()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var configuration = Configuration(
            ("TokenEndpoint", server.TokenEndpoint.AbsoluteUri), ("ClientId", OAuth2TestServer.DefaultClientId), ("ClientSecret", OAuth2TestServer.DefaultClientSecret));
        using var host = CreateHost(services => services.AddOAuth2Client("orders", configuration.GetSection("OAuth2")));
        await host.StartAsync();
        var tokens = host.Services.GetRequiredService<IOAuth2TokenProvider>();
        await tokens.GetTokenAsync("orders");

        // The host's check at start leaves an options monitor behind, which throws out of the reload.
        configuration["OAuth2:ClientSecret"] = "";
        Record.Exception(configuration.Reload);

        await tokens.GetTokenAsync("orders", new OAuth2TokenRequest { ForceNewToken = true });
        Assert.Equal([200, 200], server.RecordedTokenRequests.Select(request => request.StatusCode));
    }

    [Fact]
    public async Task Reload_AfterDisposal_DoesNothing()
    {
        var configuration = Configuration(("Scopes", "a"));
        var app = await StartAsync(configuration);
        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        await app.DisposeAsync();

        configuration["OAuth2:Scopes"] = "a\"b";
        configuration.Reload();

        Assert.Equal(0, app.Log.Count(LogLevel.Warning, "Scopes"));
    }

    private static Task<TestApp> StartAsync(IConfiguration configuration) =>
        TestApp.StartAsync(services: services => services.AddOAuth2Client(TestApp.ClientName, configuration.GetSection("OAuth2")));

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"OAuth2:{setting.Key}", (string?)setting.Value)))
        .Build();

    private static void AddGoodClient(IServiceCollection services, string name) =>
        services.AddOAuth2Client(name, client => (client.TokenEndpoint, client.ClientId, client.ClientSecret) = (new Uri("https://idp.example/token"), "app", "secret"));

    private static async Task<Exception?> StartHostAsync(Action<IServiceCollection> configure)
    {
        using var host = CreateHost(configure);
        return await Record.ExceptionAsync(() => host.StartAsync());
    }

    private static IHost CreateHost(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        configure(builder.Services);
        return builder.Build();
    }

    private sealed class ApiAddress
    {
        public Uri? Address { get; set; }
    }
}
