using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.DependencyInjection;

public sealed class LoggedHeadersTests
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

    /// <summary>Keeps the pairs that come with a message, as structured loggers do.</summary>
    private sealed class StructuredLog : ILoggerProvider
    {
        public ConcurrentQueue<(string Category, string Name, string? Value)> Pairs { get; } = new();

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
                foreach (var (name, value) in state as IEnumerable<KeyValuePair<string, object?>> ?? [])
                    log.Pairs.Enqueue((category, name, value is IEnumerable<string> values ? string.Join(", ", values) : value?.ToString()));
            }
        }
    }
}
