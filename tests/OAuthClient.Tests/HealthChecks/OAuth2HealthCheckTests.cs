using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.HealthChecks;

/// <summary>What a health check says of clients, and that it asks nobody.</summary>
public sealed class OAuth2HealthCheckTests
{
    private const string Other = "billing";
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    [Fact]
    public async Task Check_OverATokensLife_IsHealthy_AsIsAnInstanceThatNobodyHasCalledYet()
    {
        await using var app = await StartAsync();
        AssertHealthy(await CheckAsync(app), "None");

        var token = await app.GetTokenAsync();
        var entry = await CheckAsync(app);
        AssertHealthy(entry, "Fresh");
        Assert.Equal(token.ExpiresAt, entry.Data["orders.expires_at"]);

        app.Clock.Advance(_life - TimeSpan.FromSeconds(20));
        AssertHealthy(await CheckAsync(app), "Stale");
        app.Clock.Advance(TimeSpan.FromSeconds(20));
        AssertHealthy(await CheckAsync(app), "Expired");
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Check_WhereTheServerFailsAndThereIsAToken_IsDegraded()
    {
        await using var app = await StartAsync(checks: static checks => checks.AddOAuth2Clients(clients: [TestApp.ClientName]));
        await app.GetTokenAsync();
        app.Server.TokenEndpointBehavior.FailUntilCleared(503, retryAfter: "120");
        app.Clock.Advance(_life - TimeSpan.FromSeconds(20));
        await app.GetTokenAsync();
        await app.IdleAsync();

        var entry = await CheckAsync(app);
        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.StartsWith("OAuth2 client 'orders': it has a token that is due to be replaced; the last attempt to get one failed: the token endpoint", entry.Description, StringComparison.Ordinal);
        Assert.Equal(app.Clock.GetUtcNow().AddSeconds(120), entry.Data["orders.next_attempt_at"]);
    }

    [Fact]
    public async Task Check_WhereThereIsNoTokenAndNoneToBeHad_IsUnhealthy_AndAsksNobodyHoweverOftenItIsProbed()
    {
        await using var app = await StartAsync();
        await FailAsync(app, retryAfter: "120");

        for (var i = 0; i < 100; i++)
            Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(app)).Status);

        Assert.Equal(1, app.Server.TokenRequests);
        Assert.StartsWith("OAuth2 client 'orders': it has no token yet; the last attempt to get one failed: the token endpoint", (await CheckAsync(app)).Description, StringComparison.Ordinal);
    }

    /// <summary>An instance that is taken out of traffic asks for no token, and so would never be taken in again.</summary>
    [Fact]
    public async Task Check_OnceTheNextCallMakesAnotherAttempt_IsDegraded_AndHealthyAfterOneThatSucceeds()
    {
        await using var app = await StartAsync();
        await FailAsync(app, retryAfter: "120");

        app.Clock.Advance(TimeSpan.FromSeconds(121));
        for (var i = 0; i < 100; i++)
            Assert.Equal(HealthStatus.Degraded, (await CheckAsync(app)).Status);
        var entry = await CheckAsync(app);
        Assert.Equal(1, app.Server.TokenRequests);
        Assert.Contains("answered 503", entry.Description, StringComparison.Ordinal);
        Assert.False(entry.Data.ContainsKey("orders.next_attempt_at"));

        app.Server.TokenEndpointBehavior.Clear();
        await app.GetTokenAsync();
        AssertHealthy(await CheckAsync(app), "Fresh");
    }

    [Fact]
    public async Task Check_OfARefusedPassword_IsUnhealthyForAsLongAsItIsNotSentAgain()
    {
        await using var app = await StartAsync(client: options => (options.GrantType, options.Username, options.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, "wrong-password"));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        app.Clock.Advance(TimeSpan.FromMinutes(11));
        var entry = await CheckAsync(app);
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.InRange((DateTimeOffset)entry.Data["orders.next_attempt_at"], app.Clock.GetUtcNow(), app.Clock.GetUtcNow().AddMinutes(4));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        Assert.Equal(1, app.Server.TokenRequests);

        app.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(app)).Status);
    }

    [Fact]
    public async Task Check_OfASignInThatFailed_IsUnhealthy()
    {
        await using var app = await StartAsync(client: options =>
        {
            options.GrantType = GrantTypes.DeviceCode;
            options.DeviceAuthorizationEndpoint = new Uri(options.TokenEndpoint!, "device_authorize");
            options.TokenRequestTimeout = TimeSpan.FromSeconds(1);
        });
        app.Server.DeviceAuthorizationEndpointBehavior.FailUntilCleared(400, """{"error":"unauthorized_client"}""", "application/json");
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        var entry = await CheckAsync(app);
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("unauthorized_client", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfOptionsThatMakeNoSense_IsUnhealthy()
    {
        await using var app = await StartAsync(services => services.AddOAuth2Client("broken", options => options.ClientSecret = OAuth2TestServer.DefaultClientSecret));

        var entry = await CheckAsync(app);

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("OAuth2 client 'broken'", entry.Description, StringComparison.Ordinal);
        Assert.Contains("ClientId is not set", entry.Description, StringComparison.Ordinal);
        Assert.DoesNotContain(OAuth2TestServer.DefaultClientSecret, entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfNamedClients_TellsOfNoOthers()
    {
        await using var app = await StartAsync(checks: checks => checks.AddOAuth2Clients(clients: [Other, Other]));
        await FailAsync(app, retryAfter: "120");

        // Its endpoint is out of order for it too.
        var entry = await CheckAsync(app);
        Assert.Equal([$"{Other}.state", $"{Other}.next_attempt_at"], entry.Data.Keys);
        Assert.DoesNotContain("orders", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfAClientThatNobodyHasRegistered_FailsInASentence()
    {
        await using var app = await StartAsync(checks: checks => checks.AddOAuth2Clients(clients: ["nobody"], failureStatus: HealthStatus.Degraded));

        var entry = await CheckAsync(app);

        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Equal("OAuth2 client 'nobody': No client has this name; registered are 'orders', 'billing'. Register it with AddOAuth2Client(\"nobody\", ...).", entry.Description);
    }

    [Fact]
    public async Task Check_WithoutAnyClient_FailsInASentence()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddHealthChecks().AddOAuth2Clients();
        await using var provider = services.BuildServiceProvider();

        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Equal("There are no OAuth2 clients to check. Register one with AddOAuth2Client(...), or remove AddOAuth2Clients().", report.Entries["oauth2"].Description);
    }

    [Fact]
    public async Task Check_FailureStatus_IsWhatIsReported()
    {
        await using var app = await StartAsync(checks: checks => checks.AddOAuth2Clients("tokens", failureStatus: HealthStatus.Degraded, tags: ["ready"], timeout: TimeSpan.FromSeconds(3)));
        await FailAsync(app, retryAfter: "120");

        var entry = await CheckAsync(app, "tokens");
        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Equal("None", entry.Data["orders.state"]);
        var registration = Assert.Single(app.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        Assert.Equal(("tokens", "ready", TimeSpan.FromSeconds(3)), (registration.Name, Assert.Single(registration.Tags), registration.Timeout));
    }

    [Fact]
    public void Add_WithArgumentsThatMakeNoSense_Throws()
    {
        var checks = new ServiceCollection().AddHealthChecks();

        Assert.Throws<ArgumentNullException>("builder", () => ((IHealthChecksBuilder)null!).AddOAuth2Clients());
        Assert.Throws<ArgumentException>("name", () => checks.AddOAuth2Clients(" "));
        Assert.Throws<ArgumentException>("clients", () => checks.AddOAuth2Clients(clients: []));
        Assert.Throws<ArgumentException>("clients", () => checks.AddOAuth2Clients(clients: [""]));
        Assert.Same(checks, checks.AddOAuth2Clients());
    }

    private static Task<TestApp> StartAsync(Action<IServiceCollection>? services = null, Action<OAuth2ClientOptions>? client = null, Action<IHealthChecksBuilder>? checks = null)
    {
        OAuth2TestServer? running = null;
        return TestApp.StartAsync(
            options => options.TokenLifetime = _life,
            client,
            collection =>
            {
                collection.AddOAuth2Client(Other, options =>
                    (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (running!.TokenEndpoint, OAuth2TestServer.DefaultClientId, "another-secret"));
                services?.Invoke(collection);
                var builder = collection.AddHealthChecks();
                if (checks is null)
                    builder.AddOAuth2Clients();
                else
                    checks(builder);
            },
            started => running = started);
    }

    private static async Task FailAsync(TestApp app, string retryAfter)
    {
        app.Server.TokenEndpointBehavior.FailUntilCleared(503, retryAfter: retryAfter);
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
    }

    private static async Task<HealthReportEntry> CheckAsync(TestApp app, string name = "oauth2") =>
        (await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries[name];

    private static void AssertHealthy(HealthReportEntry entry, string state)
    {
        Assert.Equal((HealthStatus.Healthy, null), (entry.Status, entry.Description));
        Assert.Equal((state, "None"), (entry.Data["orders.state"], entry.Data[$"{Other}.state"]));
    }
}
