using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Diagnostics;

/// <summary>A logger that needs the library itself, such as one that sends its lines with an HttpClient of ours, does not wait for itself.</summary>
public sealed class BusyLoggerTests
{
    [Fact]
    public async Task Line_WrittenWhileATokenIsAskedFor_HoldsNoLock()
    {
        using var log = new BusyLog("DeviceScope");
        await using var app = await TestApp.StartAsync(services: services => services.AddLogging(logging => logging.AddProvider(log)));
        log.Act = () => app.Tokens.InvalidateAsync(TestApp.ClientName).AsTask();
        var http = app.CreateClient();
        (await http.GetAsync("orders")).EnsureSuccessStatusCode().Dispose();

        // Tokens that are revoked soon after they were issued: other instances are competing.
        for (var i = 0; i < 2; i++)
        {
            app.Server.RevokeAllTokens();
            await app.AdvanceUntilAsync(http.GetAsync("orders"));
        }

        Assert.True(log.HasEnded);
    }

    [Fact]
    public async Task Line_OfATokenThatHasCome_HoldsNoLock()
    {
        using var log = new BusyLog("obtained a token");
        await using var app = await TestApp.StartAsync(services: services => services.AddLogging(logging => logging.AddProvider(log)));
        log.Act = () => app.Tokens.InvalidateAsync(TestApp.ClientName).AsTask();

        await app.GetTokenAsync();

        Assert.True(log.HasEnded);
    }

    /// <summary>Acts on another thread for each line that holds a text, and waits for that.</summary>
    private sealed class BusyLog(string text) : ILoggerProvider, ILogger
    {
        public Func<Task>? Act { get; set; }

        public bool? HasEnded { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Act is { } act && HasEnded is not false && formatter(state, exception).Contains(text, StringComparison.Ordinal))
                HasEnded = Task.Run(act).Wait(Dose.Patience) && HasEnded is not false;
        }

        public void Dispose()
        {
        }
    }
}
