using System.Collections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Http.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OAuthClient.Diagnostics;
using OAuthClient.Http;

namespace OAuthClient.DependencyInjection;

/// <summary>
/// Keeps redacted headers out of structured logs too. What the factory logs of headers at Trace is redacted in its text, while the pairs
/// that come with it, which structured loggers write out, hold the values as they are. Nor may a failure quote an answer that echoes secrets.
/// </summary>
internal sealed class LoggedHeaders : IHttpMessageHandlerBuilderFilter
{
    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => chain =>
    {
        next(chain);
        var handlers = chain.AdditionalHandlers;
        if (chain.Name != OAuth2Defaults.TokenEndpointHttpClientName && !handlers.Any(handler => handler is AccessTokenHandler))
            return;

        // Asked for here and not before: a logger may itself be made with an HttpClient.
        var loggers = chain.Services.GetRequiredService<ILoggerFactory>();
        var factory = chain.Services.GetRequiredService<IOptionsMonitor<HttpClientFactoryOptions>>().Get(chain.Name);
        var category = $"System.Net.Http.HttpClient.{(string.IsNullOrEmpty(chain.Name) ? "Default" : chain.Name)}";
        for (var i = 0; i < handlers.Count; i++)
        {
            // Not those that the user has derived from them.
            if (handlers[i].GetType() == typeof(LoggingScopeHttpMessageHandler))
                handlers[i] = new LoggingScopeHttpMessageHandler(CreateLogger("LogicalHandler"), factory);
            else if (handlers[i].GetType() == typeof(LoggingHttpMessageHandler))
                handlers[i] = new LoggingHttpMessageHandler(CreateLogger("ClientHandler"), factory);
        }

        RedactingLogger CreateLogger(string handler) => new(loggers.CreateLogger($"{category}.{handler}"), factory);
    };

    private sealed class RedactingLogger(ILogger logger, HttpClientFactoryOptions factory) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!logger.IsEnabled(logLevel))
                return;

            // The factory logs why a request failed, too.
            exception = BrokenAnswer.Hide(exception);

            // Headers, and nothing else, are logged at Trace.
            if (logLevel == LogLevel.Trace && state is IEnumerable<KeyValuePair<string, object?>> headers)
                logger.Log(logLevel, eventId, new Redacted(formatter(state, exception), headers, factory), exception, static (redacted, _) => redacted.ToString());
            else
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    private sealed class Redacted(string text, IEnumerable<KeyValuePair<string, object?>> headers, HttpClientFactoryOptions factory) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly KeyValuePair<string, object?>[] _headers =
            [.. headers.Select(header => factory.ShouldRedactHeaderValue(header.Key) ? new KeyValuePair<string, object?>(header.Key, "*") : header)];

        public int Count => _headers.Length;

        public KeyValuePair<string, object?> this[int index] => _headers[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, object?>>)_headers).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => text;
    }
}
