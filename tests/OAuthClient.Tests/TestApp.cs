using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

/// <summary>An application as a user would write it: one OAuth2 client that is set up for one test server, on a clock that the test moves.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    public const string ClientName = "orders";

    private TestApp(OAuth2TestServer server, ManualTimeProvider clock, ServiceProvider services, TestLog log)
    {
        Server = server;
        Clock = clock;
        Services = services;
        Log = log;
    }

    public OAuth2TestServer Server { get; }

    public ManualTimeProvider Clock { get; }

    public ServiceProvider Services { get; }

    public TestLog Log { get; }

    public IOAuth2TokenProvider Tokens => Services.GetRequiredService<IOAuth2TokenProvider>();

    public static async Task<TestApp> StartAsync(
        Action<OAuth2TestServerOptions>? server = null,
        Action<OAuth2ClientOptions>? client = null,
        Action<IServiceCollection>? services = null)
    {
        var clock = new ManualTimeProvider();
        var started = await OAuth2TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            server?.Invoke(options);
        });
        var log = new TestLog();
        var collection = new ServiceCollection();
        collection.AddSingleton<TimeProvider>(clock);
        collection.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        collection.AddOAuth2Client(ClientName, options =>
        {
            options.TokenEndpoint = started.TokenEndpoint;
            options.RevocationEndpoint = started.RevocationEndpoint;
            options.BaseAddress = started.ApiBaseAddress;
            options.ClientId = OAuth2TestServer.DefaultClientId;
            options.ClientSecret = OAuth2TestServer.DefaultClientSecret;
            client?.Invoke(options);
        });
        services?.Invoke(collection);
        return new TestApp(started, clock, collection.BuildServiceProvider(), log);
    }

    public HttpClient CreateClient(string name = ClientName) => Services.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    /// <summary>Asks for the token until it is as wanted: for what happens behind the caller's back. The test's time-out ends it otherwise.</summary>
    public async Task<OAuth2Token> UntilAsync(Func<OAuth2Token, bool> isWanted)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var token = await Tokens.GetTokenAsync(ClientName, cancellationToken: timeout.Token);
            if (isWanted(token))
                return token;
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Services.DisposeAsync();
        await Server.DisposeAsync();
    }
}
