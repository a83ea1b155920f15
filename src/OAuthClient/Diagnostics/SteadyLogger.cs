namespace OAuthClient.Diagnostics;

// A logger whose faults cost a line of the log and nothing else: a full disk must not lose a token.
// isSecret: Tells which headers' values are hidden in what the factory logs of calls; null for a logger of our own.
internal sealed class SteadyLogger(ILogger logger, Func<string, bool>? isSecret = null) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return logger.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            if (!logger.IsEnabled(logLevel))
                return;

            // Why a call failed is logged too. Headers, and nothing else, are logged at Trace.
            exception = isSecret is null ? exception : BrokenAnswer.Hide(exception);
            if (isSecret is not null && logLevel == LogLevel.Trace && state is IEnumerable<KeyValuePair<string, object?>> headers)
                logger.Log(logLevel, eventId, new Redacted(formatter(state, exception), headers.Select(header => isSecret(header.Key) ? new(header.Key, "*") : header)), exception, static (redacted, _) => redacted.ToString());
            else
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // There is nobody left to tell.
        }
    }

    private sealed class Redacted(string text, IEnumerable<KeyValuePair<string, object?>> headers) : List<KeyValuePair<string, object?>>(headers)
    {
        public override string ToString() => text;
    }
}
