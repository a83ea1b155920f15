using StackExchange.Redis;

namespace OAuthClient.Redis;

/// <summary>Entries and claims are strings with a time to live, each in a name space of its own; a channel tells of their keys.</summary>
internal sealed class RedisTokenStore : IOAuth2TokenStore, IDisposable
{
    private readonly RedisConnection _connection;
    private readonly Shared<ISubscriber> _subscriber;
    private readonly string _prefix;
    private readonly int _database;
    private readonly RedisChannel _channel;
    private readonly Action<RedisChannel, RedisValue> _tell;
    private event Action<string>? Changed;

    public RedisTokenStore(OAuth2RedisTokenStoreOptions options, Func<IConnectionMultiplexer?> findRegistered)
        : this(options, RedisConnection.Create(options.Configuration, findRegistered))
    {
    }

    internal RedisTokenStore(OAuth2RedisTokenStoreOptions options, RedisConnection connection)
    {
        _connection = connection;
        _subscriber = new(SubscribeAsync);
        _prefix = options.KeyPrefix;
        _database = options.Database ?? -1;
        _channel = RedisChannel.Literal($"{_prefix}changed");
        _tell = (_, key) => Changed?.Invoke(key.ToString());
    }

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        var database = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        return await database.StringGetAsync(Entry(key)).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask SetAsync(string key, byte[] value, TimeSpan timeToLive, CancellationToken cancellationToken = default)
    {
        var database = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        await database.StringSetAsync(Entry(key), value, timeToLive).WaitAsync(cancellationToken).ConfigureAwait(false);
        Publish(database, key);
    }

    public async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        var database = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        await database.KeyDeleteAsync(Entry(key)).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> TryClaimAsync(string key, string claim, TimeSpan timeToLive, CancellationToken cancellationToken = default)
    {
        var database = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);

        // Whoever has it may be gone by the time that one asks who it is, and one's own claim by the time that it is to live on: then it is free.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (await database.LockTakeAsync(Claim(key), claim, timeToLive).WaitAsync(cancellationToken).ConfigureAwait(false))
                return true;

            // Most who come here have lost, and are not to pay for a comparison that changes something.
            var holder = await database.StringGetAsync(Claim(key)).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (holder == claim && await CompareAsync(() => database.LockExtendAsync(Claim(key), claim, timeToLive), cancellationToken).ConfigureAwait(false))
                return true;

            if (!holder.IsNull && holder != claim)
                return false;
        }

        return false;
    }

    public async ValueTask ReleaseClaimAsync(string key, string claim, CancellationToken cancellationToken = default)
    {
        var database = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        if (await CompareAsync(() => database.LockReleaseAsync(Claim(key), claim), cancellationToken).ConfigureAwait(false))
            Publish(database, key);
    }

    public async ValueTask<bool> SubscribeAsync(Action<string> changed, CancellationToken cancellationToken = default)
    {
        await _connection.GetAsync(cancellationToken).ConfigureAwait(false);
        await _subscriber.GetAsync(cancellationToken).ConfigureAwait(false);
        Changed += changed;
        return true;
    }

    public void Dispose()
    {
        // A multiplexer of the program lives on.
        if (_subscriber.Current is { IsCompletedSuccessfully: true } subscriber)
            Unsubscribe(subscriber.Result);

        _connection.Dispose();
    }

    private string Entry(string key) => $"{_prefix}entry:{key}";

    private string Claim(string key) => $"{_prefix}claim:{key}";

    private async ValueTask<IDatabase> GetDatabaseAsync(CancellationToken cancellationToken) =>
        (await _connection.GetAsync(cancellationToken).ConfigureAwait(false)).GetDatabase(_database);

    /// <summary>
    /// Elsewhere: where the engine has no command that compares, the multiplexer watches the key in a transaction, and blocks the thread that calls
    /// until the engine has answered.
    /// </summary>
    private static Task<bool> CompareAsync(Func<Task<bool>> change, CancellationToken cancellationToken) =>
        Task.Run(change, CancellationToken.None).WaitAsync(cancellationToken);

    /// <summary>Nobody waits for it: one that is missing does no harm.</summary>
    private void Publish(IDatabase database, string key) => _ = database.PublishAsync(_channel, key, CommandFlags.FireAndForget);

    private async Task<ISubscriber> SubscribeAsync()
    {
        var multiplexer = await _connection.GetAsync(CancellationToken.None).ConfigureAwait(false);
        var subscriber = multiplexer.GetSubscriber();
        try
        {
            await subscriber.SubscribeAsync(_channel, _tell).ConfigureAwait(false);
            return subscriber;
        }
        catch
        {
            // The multiplexer remembers it, and the next attempt would be told of everything twice.
            Unsubscribe(subscriber);
            throw;
        }
    }

    private void Unsubscribe(ISubscriber subscriber)
    {
        try
        {
            _ = subscriber.UnsubscribeAsync(_channel, _tell, CommandFlags.FireAndForget);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or RedisException)
        {
            // There is nothing left to be told by.
        }
    }
}
