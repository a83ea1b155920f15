using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

public sealed class HandlerChainsTests
{
    [Fact]
    public async Task Headers_InStructuredLogs_AreRedactedAsInTheText()
    {
        using var log = new StructuredLog();
        await using var app = await TestApp.StartAsync(services: services =>
        {
            services.AddLogging(logging => logging.AddProvider(log));
            services.ConfigureHttpClientDefaults(builder => builder.RedactLoggedHeaders(["X-Mine"]));
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders") { Headers = { { "X-Mine", "mine" }, { "X-Other", "other" } } };

        (await app.CreateClient().SendAsync(request)).EnsureSuccessStatusCode().Dispose();

        var calls = log.Pairs.Where(pair => pair.Category == "System.Net.Http.HttpClient.orders.ClientHandler").ToList();
        Assert.Contains(("System.Net.Http.HttpClient.OAuthClient.TokenEndpoint.LogicalHandler", "Authorization", "*"), log.Pairs);
        Assert.Contains((calls[0].Category, "Authorization", "*"), calls);
        Assert.Contains((calls[0].Category, "X-Mine", "*"), calls);
        Assert.Contains((calls[0].Category, "X-Other", "other"), calls);
        Assert.Equal(2, app.Log.Entries.Count(entry => entry.Message.Contains("X-Mine: *", StringComparison.Ordinal)));
        Assert.Equal(2, log.Texts.Count(text => text.Contains("X-Mine: *", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Headers_OfOtherHttpClients_AreLoggedAsEver()
    {
        using var log = new StructuredLog();
        await using var app = await TestApp.StartAsync(services: services => services.AddLogging(logging => logging.AddProvider(log)).AddHttpClient("plain"));
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Server.JwksUri) { Headers = { { "X-Mine", "mine" } } };

        (await app.CreateClient("plain").SendAsync(request)).EnsureSuccessStatusCode().Dispose();

        Assert.Contains(("System.Net.Http.HttpClient.plain.LogicalHandler", "X-Mine", "mine"), log.Pairs);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task FilterThatSetsThePrimaryHandler_LeavesRedirectsToTheClient(bool before, bool classic)
    {
        await using var server = await OAuth2TestServer.StartAsync(options => (options.ApiKeyHeaderName, options.ApiKey) = ("X-Key", "key"));
        await using var target = await OAuth2TestServer.StartAsync();
        server.ApiBehavior.Override = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = target.ApiBaseAddress.AbsoluteUri;
            return Task.CompletedTask;
        };
        var services = new ServiceCollection();
        var filter = new PrimaryHandlerFilter(() => classic ? new HttpClientHandler() : new SocketsHttpHandler());
        if (before)
            services.AddSingleton<IHttpMessageHandlerBuilderFilter>(filter);
        services.AddOAuth2Client(TestApp.ClientName, client =>
        {
            (client.TokenEndpoint, client.ClientId, client.ClientSecret) = (server.TokenEndpoint, OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
            (client.BaseAddress, client.ApiKeyHeaderName, client.ApiKey) = (server.ApiBaseAddress, "X-Key", "key");
        });
        if (!before)
            services.AddSingleton<IHttpMessageHandlerBuilderFilter>(filter);
        await using var provider = services.BuildServiceProvider();

        (await provider.GetRequiredService<IHttpClientFactory>().CreateClient(TestApp.ClientName).GetAsync("orders")).Dispose();

        Assert.True(server.RecordedApiCalls[0].Headers.ContainsKey("X-Key"));
        Assert.DoesNotContain(target.RecordedApiCalls, call => call.Headers.ContainsKey("X-Key") || call.Headers.ContainsKey("Authorization"));
    }

    // As gRPC does, and who wraps the handler in an HttpClient of his own.
    [Fact]
    public async Task CreateHandler_BeforeAnyHttpClient_KnowsTheBaseAddress()
    {
        await using var app = await TestApp.StartAsync(client: client => client.BaseAddress = null);
        await using var another = app.StartAnother(
            client => client.BaseAddress = null,
            services => services.AddHttpClient("x", http => http.BaseAddress = app.Server.ApiBaseAddress).AddOAuth2Handler(TestApp.ClientName));
        using var invoker = new HttpMessageInvoker(another.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("x"));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Server.ApiBaseAddress, "orders"));

        (await invoker.SendAsync(request, CancellationToken.None)).EnsureSuccessStatusCode().Dispose();
    }

    private sealed class PrimaryHandlerFilter(Func<HttpMessageHandler> create) : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => chain =>
        {
            next(chain);
            chain.PrimaryHandler = create();
        };
    }

    /// <summary>Keeps the pairs that come with a message, as structured loggers do.</summary>
    private sealed class StructuredLog : ILoggerProvider
    {
        public ConcurrentQueue<(string Category, string Name, string? Value)> Pairs { get; } = new();

        /// <summary>What the states say of themselves, for loggers that ask them.</summary>
        public ConcurrentQueue<string> Texts { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(StructuredLog log, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                log.Texts.Enqueue($"{state}");
                foreach (var (name, value) in state as IEnumerable<KeyValuePair<string, object?>> ?? [])
                    log.Pairs.Enqueue((category, name, value is IEnumerable<string> values ? string.Join(", ", values) : value?.ToString()));
            }
        }
    }
}
