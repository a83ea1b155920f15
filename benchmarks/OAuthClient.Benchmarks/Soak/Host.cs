using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>An application with services and tokens of its own, as another process would have them, set up for one test server.</summary>
internal sealed class Host : IAsyncDisposable
{
    public const string ClientName = "orders";

    private readonly OAuth2TestServer _server;
    private readonly ServiceProvider _services;
    private readonly IHttpClientFactory _factory;
    private readonly LogCounter _log = new();

    public Host(OAuth2TestServer server, Func<IServiceCollection, IEnumerable<IHttpClientBuilder>> register, TimeProvider? clock = null)
    {
        _server = server;
        var services = new ServiceCollection();
        services.AddSingleton(clock ?? TimeProvider.System);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(_log));
        foreach (var client in register(services))
        {
            // The factory's own logging would be most of what a call costs.
            client.RemoveAllLoggers()
                .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { MaxConnectionsPerServer = 256, UseProxy = false })
                .AddHttpMessageHandler(() => new Call.Watch());
        }

        _services = services.BuildServiceProvider();
        _factory = _services.GetRequiredService<IHttpClientFactory>();
    }

    public Host(OAuth2TestServer server, Action<OAuth2ClientOptions>? configure = null, TimeProvider? clock = null)
        : this(server, services => [Register(services, server, configure)], clock)
    {
    }

    public static IHttpClientBuilder Register(IServiceCollection services, OAuth2TestServer server, Action<OAuth2ClientOptions>? configure = null, string name = ClientName) =>
        services.AddOAuth2Client(name, options =>
        {
            options.TokenEndpoint = server.TokenEndpoint;
            options.BaseAddress = server.ApiBaseAddress;
            options.ClientId = OAuth2TestServer.DefaultClientId;
            options.ClientSecret = OAuth2TestServer.DefaultClientSecret;
            configure?.Invoke(options);
        });

    /// <summary>How often the event with that id was logged at the level of a warning or above.</summary>
    public int CountLogged(int eventId) => _log.Count(eventId);

    public Task<Call> CallAsync(CancellationToken cancellationToken = default) => CallAsync(_server.ApiBaseAddress, cancellationToken: cancellationToken);

    public async Task<Call> CallAsync(
        Uri api, HttpContent? content = null, OAuth2TokenRequest? tokenRequest = null, string client = ClientName, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, new Uri(api, "orders")) { Content = content };
        if (tokenRequest is not null)
            request.SetOAuth2TokenRequest(tokenRequest);
        return await Call.SendAsync(_factory.CreateClient(client), request, cancellationToken);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private sealed class LogCounter : ILoggerProvider, ILogger
    {
        private readonly ConcurrentDictionary<int, int> _counts = new();

        public int Count(int eventId) => _counts.GetValueOrDefault(eventId);

        public ILogger CreateLogger(string categoryName) => categoryName == "OAuthClient" ? this : NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _counts.AddOrUpdate(eventId.Id, 1, static (_, count) => count + 1);

        public void Dispose()
        {
        }
    }
}
