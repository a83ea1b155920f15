using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

/// <summary>An application as a user would write it: one OAuth2 client that is set up for one test server, on a clock that the test moves.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    public const string ClientName = "orders";

    private readonly WaitingClock _time;
    private readonly OptionsReload _reload;

    private TestApp(OAuth2TestServer server, ManualTimeProvider clock, Action<OAuth2ClientOptions>? client, Action<IServiceCollection>? services)
    {
        Server = server;
        Clock = clock;
        _time = new WaitingClock(clock);
        _reload = new OptionsReload();
        var collection = new ServiceCollection();
        collection.AddSingleton<TimeProvider>(_time);
        collection.AddSingleton<IOptionsChangeTokenSource<OAuth2ClientOptions>>(_reload);
        collection.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        collection.AddOAuth2Client(ClientName, options =>
        {
            options.TokenEndpoint = server.TokenEndpoint;
            options.RevocationEndpoint = server.RevocationEndpoint;
            options.BaseAddress = server.ApiBaseAddress;
            options.ClientId = OAuth2TestServer.DefaultClientId;
            options.ClientSecret = OAuth2TestServer.DefaultClientSecret;
            client?.Invoke(options);
        });
        services?.Invoke(collection);
        Services = collection.BuildServiceProvider();
    }

    public OAuth2TestServer Server { get; }

    public ManualTimeProvider Clock { get; }

    public ServiceProvider Services { get; }

    public TestLog Log { get; } = new();

    public IOAuth2TokenProvider Tokens => Services.GetRequiredService<IOAuth2TokenProvider>();

    /// <summary>True while the application waits for time to pass before it asks for a token.</summary>
    public bool IsWaiting => _time.Waits > 0;

    public static async Task<TestApp> StartAsync(
        Action<OAuth2TestServerOptions>? server = null,
        Action<OAuth2ClientOptions>? client = null,
        Action<IServiceCollection>? services = null,
        Action<OAuth2TestServer>? started = null)
    {
        var clock = new ManualTimeProvider();
        var running = await OAuth2TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            server?.Invoke(options);
        });
        started?.Invoke(running);
        return new TestApp(running, clock, client, services);
    }

    /// <summary>Starts another instance: it has server and clock in common with this one, and nothing else.</summary>
    public TestApp StartAnother(Action<OAuth2ClientOptions>? client = null, Action<IServiceCollection>? services = null) => new(Server, Clock, client, services);

    public HttpClient CreateClient(string name = ClientName)
    {
        var client = Services.GetRequiredService<IHttpClientFactory>().CreateClient(name);
        client.Timeout = Dose.Patience;
        return client;
    }

    /// <summary>The token, with other scopes where some are given.</summary>
    public Task<OAuth2Token> GetTokenAsync(params string[] scopes) =>
        Tokens.GetTokenAsync(ClientName, scopes.Length == 0 ? null : new OAuth2TokenRequest { Scopes = scopes }).AsTask().WaitAsync(Dose.Patience);

    /// <summary>A new token, whatever there is.</summary>
    public Task<OAuth2Token> ForceTokenAsync() => Tokens.GetTokenAsync(ClientName, new OAuth2TokenRequest { ForceNewToken = true }).AsTask().WaitAsync(Dose.Patience);

    /// <summary>What the next change of the options ends.</summary>
    public IChangeToken OptionsChange => _reload.GetChangeToken();

    /// <summary>Has the options read again, as after a change of configuration.</summary>
    public void ReloadOptions() => _reload.Trigger();

    /// <summary>Asks for the token until it is as wanted: for what happens behind the caller's back. The test's time-out ends it otherwise.</summary>
    public async Task<OAuth2Token> UntilAsync(Func<OAuth2Token, bool> isWanted)
    {
        using var timeout = new CancellationTokenSource(Dose.Patience);
        while (true)
        {
            var token = await Tokens.GetTokenAsync(ClientName, cancellationToken: timeout.Token);
            if (isWanted(token))
                return token;
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Returns as soon as something is so that happens on another thread.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(Dose.Patience);
        while (!condition())
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Ends once nothing is under way behind the callers' backs, which a clock that is moved would make late.</summary>
    public Task IdleAsync()
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Services.GetRequiredService<TokenEngine>().Scheduler.RunWhenIdle(idle.SetResult);
        return idle.Task.WaitAsync(Dose.Patience);
    }

    /// <summary>Lets time pass, where and while the application waits for it, until the task has ended.</summary>
    public async Task AdvanceUntilAsync(Task ended)
    {
        await UntilAsync(() =>
        {
            if (IsWaiting)
                Clock.Advance(TimeSpan.FromMilliseconds(100));
            return ended.IsCompleted;
        });
        await ended;
    }

    public async ValueTask DisposeAsync()
    {
        await Services.DisposeAsync();
        await Server.DisposeAsync();
    }

    private sealed class OptionsReload : IOptionsChangeTokenSource<OAuth2ClientOptions>
    {
        private CancellationTokenSource _source = new();

        public string Name => ClientName;

        public IChangeToken GetChangeToken() => new CancellationChangeToken(Volatile.Read(ref _source).Token);

        public void Trigger() => Interlocked.Exchange(ref _source, new CancellationTokenSource()).Cancel();
    }
}
