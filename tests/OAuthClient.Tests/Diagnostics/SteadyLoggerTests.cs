using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Diagnostics;

public sealed class SteadyLoggerTests
{
    [Fact]
    public void Log_OfHeaders_HidesSecrets() =>
        Assert.Equal(
            [new("Authorization", "*"), new("Accept", "text/plain")],
            Assert.IsAssignableFrom<IEnumerable<KeyValuePair<string, object?>>>(Assert.Single(LogHeaders(new Recorder(isEnabled: true)))));

    /// <summary>Some write all that they are given.</summary>
    [Fact]
    public void Log_OfHeadersToALoggerThatIsDisabled_GivesItNothing() => Assert.Empty(LogHeaders(new Recorder(isEnabled: false)));

    private static List<object?> LogHeaders(Recorder inner)
    {
        KeyValuePair<string, object?>[] headers = [new("Authorization", "Bearer s3cr3t"), new("Accept", "text/plain")];
        new SteadyLogger(inner, header => header == "Authorization").Log(LogLevel.Trace, 1, headers, null, static (_, _) => "headers");
        return inner.States;
    }

    private sealed class Recorder(bool isEnabled) : ILogger
    {
        public List<object?> States { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isEnabled;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => States.Add(state);
    }
}
