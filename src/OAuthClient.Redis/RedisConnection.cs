using StackExchange.Redis;

namespace OAuthClient.Redis;

/// <summary>The multiplexer of a store, from its first use on.</summary>
/// <param name="connect">Makes it, or finds it.</param>
/// <param name="owned">Whether it is the store's own, which disposes of it then.</param>
internal sealed class RedisConnection(Func<Task<IConnectionMultiplexer>> connect, bool owned) : IDisposable
{
    public const string NothingRegistered = "there is no IConnectionMultiplexer. Register one, or set Configuration to host:port and what else is needed.";

    private readonly Shared<IConnectionMultiplexer> _multiplexer = new(connect);
    private volatile bool _disposed;

    /// <summary>A multiplexer of the store's own where there is a configuration string, else the one that the program has registered.</summary>
    public static RedisConnection Create(string? configuration, Func<IConnectionMultiplexer?> findRegistered) =>
        configuration is null
            ? new(() => Task.FromResult(findRegistered() ?? throw new InvalidOperationException($"OAuth2 token store in Redis: {NothingRegistered}")), owned: false)
            : new(async () => await ConnectionMultiplexer.ConnectAsync(Read(configuration)).ConfigureAwait(false), owned: true);

    /// <summary>Fails at once where Redis is not connected: nobody is to wait in a queue for it to come back.</summary>
    public async ValueTask<IConnectionMultiplexer> GetAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, typeof(RedisTokenStore));
        var multiplexer = await _multiplexer.GetAsync(cancellationToken).ConfigureAwait(false);

        // One of the store's own fails by itself, and knows why.
        if (!owned && !multiplexer.IsConnected)
            throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, $"Redis ({string.Join(", ", multiplexer.GetEndPoints().Select(EndPointCollection.ToString))}) is not connected. The token store works again as soon as it is.");

        return multiplexer;
    }

    public void Dispose()
    {
        if (_disposed)
            return;

        _disposed = true;
        if (owned)
            _multiplexer.Current?.ContinueWith(static made => Close(made.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>How a multiplexer of the store's own connects.</summary>
    internal static ConfigurationOptions Read(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new ExponentialRetry(500, 10_000); // Sooner than it would: whoever restarts is back in a moment.
        return options;
    }

    private static void Close(IConnectionMultiplexer multiplexer)
    {
        multiplexer.Close(allowCommandsToComplete: false); // Waits for nobody.
        multiplexer.Dispose();
    }
}
