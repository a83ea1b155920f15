using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient.Clients;
using OAuthClient.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

/// <summary>What becomes of a process's tokens when its host has stopped.</summary>
public sealed class ShutdownRevocationTests
{
    private const string Failed = "OAuth2 client 'orders' could not revoke a token: ";

    [Fact]
    public async Task Stop_WithATokenAndARefreshToken_RevokesBoth()
    {
        await using var program = await Program.StartAsync(UsePassword);
        await program.GetTokenAsync();

        await program.StopAsync();

        Assert.Equal(["access_token", "refresh_token"], program.RevokedTypes);
        Assert.Equal((0, 1), (program.Server.LiveTokens, program.Server.TokenRequests));
        Assert.All(program.Server.RecordedRevocationRequests, request => Assert.Equal(200, request.StatusCode));
    }

    [Fact]
    public async Task Stop_ByDefault_RevokesNothing()
    {
        await using var program = await Program.StartAsync(client => client.RevokeOnShutdown = false);
        await program.GetTokenAsync();

        await program.StopAsync();

        Assert.Equal((1, 0), (program.Server.LiveTokens, program.Server.RevocationRequests));
    }

    [Fact]
    public async Task Stop_WithTokensOfOtherScopes_RevokesThemToo()
    {
        await using var program = await Program.StartAsync();
        for (var i = 0; i < 50; i++)
            await program.GetTokenAsync($"scope-{i}");
        await program.GetTokenAsync();

        await program.StopAsync();

        Assert.Equal((0, 51), (program.Server.LiveTokens, program.Server.RevocationRequests));
    }

    [Fact]
    public async Task Stop_ClientsThatHaveNoToken_AskForNothing()
    {
        await using var program = await Program.StartAsync(services: services => AddClient(services, "billing"));
        using var unused = program.Services.GetRequiredService<IHttpClientFactory>().CreateClient(TestApp.ClientName);

        await program.StopAsync();

        Assert.Equal((0, 0), (program.Server.TokenRequests, program.Server.RevocationRequests));
        Assert.Equal([TestApp.ClientName], program.Services.GetRequiredService<OAuth2Clients>().Known.Select(client => client.State.Settings.Name));
        Assert.Equal(0, program.Log.Count(LogLevel.Warning, ""));
    }

    /// <summary>A connection may want no token, and then there is no endpoint either.</summary>
    [Fact]
    public async Task Stop_ClientThatSendsNoToken_HasNothingToSay()
    {
        await using var program = await Program.StartAsync(client => (client.SendsNoToken, client.RevocationEndpoint) = (true, null));
        using var http = program.Services.GetRequiredService<IHttpClientFactory>().CreateClient(TestApp.ClientName);

        await program.StopAsync();

        Assert.Equal(0, program.Log.Count(LogLevel.Warning, ""));
    }

    /// <summary>A web server answers what it has begun; so may any hosted service.</summary>
    [Fact]
    public async Task Stop_ServiceThatCallsWhileItStops_HasItsToken()
    {
        await using var program = await Program.StartAsync(services: services => services.AddHostedService<LastCall>());
        await program.GetTokenAsync();

        await program.StopAsync();

        Assert.Equal(200, Assert.Single(program.Server.RecordedApiCalls).StatusCode);
        Assert.Equal((1, 0), (program.Server.TokenRequests, program.Server.LiveTokens));
    }

    [Fact]
    public async Task Stop_WhereTheServerFails_SaysSoAndEnds()
    {
        await using var program = await Program.StartAsync(UsePassword);
        await program.GetTokenAsync();
        program.Server.RevocationEndpointBehavior.FailUntilCleared(503);

        await program.StopAsync();

        Assert.Equal(2, program.Server.RevocationRequests);
        Assert.Equal(1, program.Log.Count(LogLevel.Warning, $"{Failed}the revocation endpoint {program.Server.RevocationEndpoint} answered 503"));
    }

    /// <summary>More tokens than are sent at a time: all of them share one TokenRequestTimeout.</summary>
    [Fact]
    public async Task Stop_WhereTheServerHangs_EndsAfterTokenRequestTimeout()
    {
        await using var program = await Program.StartAsync();
        for (var i = 0; i < 50; i++)
            await program.GetTokenAsync($"scope-{i}");
        program.Server.RevocationEndpointBehavior.Hang = true;

        var stopping = program.StopAsync();
        await TestApp.UntilAsync(() => program.Server.RevocationRequests == 32);
        Assert.False(stopping.IsCompleted);
        program.Clock.Advance(TimeSpan.FromSeconds(30));
        await stopping;

        Assert.NotEqual(0, program.Log.Count(LogLevel.Warning, Failed));
        Assert.Equal(32, program.Server.RevocationRequests);
    }

    [Fact]
    public async Task Stop_WhereTheHostsTimeIsOver_EndsAndSaysSo()
    {
        await using var program = await Program.StartAsync();
        await program.GetTokenAsync();
        program.Server.RevocationEndpointBehavior.Hang = true;
        using var over = new CancellationTokenSource();

        var stopping = program.Revocation.StoppedAsync(over.Token);
        await TestApp.UntilAsync(() => program.Server.RevocationRequests == 1);
        await over.CancelAsync();
        await stopping.WaitAsync(Dose.Patience);

        Assert.Equal(1, program.Log.Count(LogLevel.Warning, $"{Failed}the host's time to stop, or TokenRequestTimeout, was over"));
    }

    [Fact]
    public async Task Stop_WhereTheMetadataNamesNoRevocationEndpoint_SaysSoAndEnds()
    {
        await using var program = await Program.StartAsync(client => (client.Issuer, client.TokenEndpoint, client.RevocationEndpoint) = (client.TokenEndpoint, null, null));
        program.Server.DiscoveryBehavior.Override = context => context.Response.WriteAsJsonAsync(new { issuer = program.Server.Issuer.OriginalString, token_endpoint = program.Server.TokenEndpoint });
        await program.GetTokenAsync();

        await program.StopAsync();

        Assert.Equal(1, program.Log.Count(LogLevel.Warning, $"{Failed}OAuth2 client 'orders' has no revocation endpoint. Set RevocationEndpoint, or Provider for a built-in one."));
    }

    /// <summary>The next start needs it. What the client's own sign-in has brought is its own.</summary>
    [Fact]
    public async Task Stop_WithARefreshTokenThatACallBrought_LeavesItAlone()
    {
        await using var program = await Program.StartAsync(client =>
        {
            client.GrantType = GrantTypes.DeviceCode;
            client.DeviceAuthorizationEndpoint = new Uri(client.TokenEndpoint!, "device_authorize");
        });
        await using var other = await Program.StartAsync(UsePassword, server: program.Server);
        await other.GetTokenAsync();
        var brought = (await other.Services.GetRequiredService<OAuth2Clients>().Known.Single().State.Default.TakeRefreshTokenAsync())!;
        await program.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest { Parameters = new Dictionary<string, string> { ["refresh_token"] = brought } });

        await program.StopAsync();

        Assert.Equal("refresh_token", program.Server.RecordedTokenRequests[^1].Form["grant_type"]);
        Assert.Equal((2, 0), (program.Server.LiveTokens, program.Server.RevocationRequests));
    }

    [Fact]
    public async Task Start_WithAGrantThatNeedsItsRefreshTokenAgain_Fails()
    {
        var exception = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => Program.StartAsync(client =>
        {
            client.GrantType = GrantTypes.RefreshToken;
            client.Parameters["refresh_token"] = "brought-along";
        }));

        Assert.Contains("RevokeOnShutdown is set, but the next start needs the refresh token", exception.Message, StringComparison.Ordinal);
    }

    private static void UsePassword(OAuth2ClientOptions client) =>
        (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);

    private static void AddClient(IServiceCollection services, string name) => services.AddOAuth2Client(name, static (provider, client) =>
    {
        var server = provider.GetRequiredService<OAuth2TestServer>();
        (client.TokenEndpoint, client.RevocationEndpoint, client.BaseAddress) = (server.TokenEndpoint, server.RevocationEndpoint, server.ApiBaseAddress);
        (client.ClientId, client.ClientSecret, client.RevokeOnShutdown) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret, true);
    });

    private sealed class LastCall(IHttpClientFactory clients) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            using var http = clients.CreateClient(TestApp.ClientName);
            (await http.GetAsync(new Uri("orders", UriKind.Relative), cancellationToken)).Dispose();
        }
    }

    /// <summary>A program with a host, whose time to stop is not the machine's.</summary>
    private sealed class Program(OAuth2TestServer server, ManualTimeProvider clock, IHost host, TestLog log, bool ownsServer) : IAsyncDisposable
    {
        public OAuth2TestServer Server => server;
        public ManualTimeProvider Clock => clock;
        public TestLog Log => log;
        public IServiceProvider Services => host.Services;
        public IOAuth2TokenProvider Tokens => host.Services.GetRequiredService<IOAuth2TokenProvider>();
        public ShutdownRevocation Revocation => host.Services.GetServices<IHostedService>().OfType<ShutdownRevocation>().Single();
        public IEnumerable<string> RevokedTypes => server.RecordedRevocationRequests.Select(request => request.Form["token_type_hint"]).Order(StringComparer.Ordinal);

        public static async Task<Program> StartAsync(Action<OAuth2ClientOptions>? client = null, Action<IServiceCollection>? services = null, OAuth2TestServer? server = null)
        {
            var (clock, log) = (new ManualTimeProvider(), new TestLog());
            var running = server ?? await OAuth2TestServer.StartAsync(options =>
            {
                options.TimeProvider = clock;
                options.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret));
                options.Users.Add(new TestUser(OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
            });
            var builder = Host.CreateEmptyApplicationBuilder(settings: null);
            services?.Invoke(builder.Services);
            builder.Services.AddSingleton(running);
            builder.Services.AddKeyedSingleton<TimeProvider>(OAuth2Defaults.TimeProviderKey, clock);
            builder.Services.AddLogging(logging => logging.AddProvider(log));
            builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
            AddClient(builder.Services, TestApp.ClientName);
            builder.Services.Configure<OAuth2ClientOptions>(TestApp.ClientName, options => client?.Invoke(options));
            var host = builder.Build();
            var program = new Program(running, clock, host, log, ownsServer: server is null);
            try
            {
                await host.StartAsync();
                return program;
            }
            catch
            {
                await program.DisposeAsync();
                throw;
            }
        }

        public Task<OAuth2Token> GetTokenAsync(params string[] scopes) =>
            Tokens.GetTokenAsync(TestApp.ClientName, scopes.Length == 0 ? null : new OAuth2TokenRequest { Scopes = scopes }).AsTask().WaitAsync(Dose.Patience);

        public Task StopAsync() => host.StopAsync().WaitAsync(Dose.Patience);

        public async ValueTask DisposeAsync()
        {
            host.Dispose();
            if (ownsServer)
                await server.DisposeAsync();
        }
    }
}
