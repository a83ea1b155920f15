using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.OpenApi.Tests;

/// <summary>An application as a user would write it: one OAuth2 client, and an HttpClient of its name.</summary>
internal sealed class App : IAsyncDisposable, ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _log = new();

    public App(Action<OAuth2ClientOptions> client, Action<IHttpClientBuilder>? http = null, Action<IServiceCollection>? services = null)
    {
        var collection = new ServiceCollection();
        collection.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(this));
        var builder = collection.AddOAuth2Client("orders", options =>
        {
            (options.ClientId, options.ClientSecret) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
            client(options);
        });
        http?.Invoke(builder);
        services?.Invoke(collection);
        Services = collection.BuildServiceProvider();
    }

    public ServiceProvider Services { get; }

    /// <summary>The client's options as they hold.</summary>
    public OAuth2ClientOptions Options => Services.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get("orders");

    /// <summary>What the host says at its start.</summary>
    public string Fault => Assert.Throws<OptionsValidationException>(() => Services.GetRequiredService<IStartupValidator>().Validate()).Message;

    /// <summary>What the library has logged.</summary>
    public string[] Log => [.. _log];

    public HttpClient CreateClient(string name = "orders") => Services.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    /// <summary>A document of the folder, with the gateway's and the token server's addresses in place of what it says.</summary>
    public static MemoryStream Open(string document, params (string From, object To)[] changes) => ToStream(changes.Aggregate(Read(document), (text, change) =>
    {
        Assert.Contains(change.From, text, StringComparison.Ordinal);
        return text.Replace(change.From, change.To.ToString(), StringComparison.Ordinal);
    }));

    public static string Find(string document) => Path.Combine(AppContext.BaseDirectory, "Documents", document);

    public static MemoryStream ToStream(string text) => new(Encoding.UTF8.GetBytes(text));

    public ValueTask DisposeAsync() => Services.DisposeAsync();

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    void IDisposable.Dispose()
    {
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name == "SettingsNoted")
            _log.Enqueue(formatter(state, exception));
    }

    private static string Read(string document) => File.ReadAllText(Find(document));
}
