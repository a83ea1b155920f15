using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Canaries;

/// <summary>Looks through all that is logged: message, structured state, scopes and exception, in every category and at every level.</summary>
internal sealed class LogSightings(Sightings sightings) : ILoggerProvider
{
    public const string Place = "log";

    public ILogger CreateLogger(string categoryName) => new Logger(sightings, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(Sightings sightings, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            sightings.Inspect(Place, $"scope of {category}", state);
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            sightings.Inspect(Place, $"message of {category}", formatter(state, exception));
            sightings.Inspect(Place, $"state of {category}", state);
            sightings.Inspect(Place, $"exception of {category}", exception);
        }
    }
}
