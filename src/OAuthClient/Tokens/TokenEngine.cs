using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;

namespace OAuthClient.Tokens;

// What all clients of a process share, and the sources of their tokens by key, so that clients that would get the same token share it. It holds them
// weakly: a source lives as long as a client's state, its cache, the memory of its failure, or a fetch under way keeps it. A simulation brings its own
// clock, scheduler and chance.
internal sealed class TokenEngine
{
    private const int MaxKeptSlots = 10_000;
    private const long KeptFor = 300_000; // Milliseconds, longer than any failure is remembered.

    private readonly Queue<(TokenSource Source, long Until)> _failed = new();
    private readonly WeakTable<TokenSource> _sources = new();

    // Of the refresh tokens that users brought along, one for all who bring the same; and the last of them whatever their sources do, since they may have been rotated.
    private readonly WeakTable<RefreshTokenSlot> _slots = new();
    private readonly MemoryCache _keptSlots;

    public TokenEngine(AuthorizationServer endpoint, TimeProvider timeProvider, ILogger logger, WorkScheduler? scheduler = null, Random? random = null, (IOAuth2TokenStore Store, OAuth2TokenStoreOptions Options)? shared = null)
    {
        Endpoint = endpoint;
        Logger = new SteadyLogger(logger);
        Clock = new SteadyClock(timeProvider);
        Scheduler = scheduler ?? new WorkScheduler();
        Random = random ?? Random.Shared;
        Shared = shared is var (store, options) ? new SharedTokens(new SealedStore(store, options, Clock, Logger), this) : null;
        Acquirer = new TokenAcquirer(endpoint, Clock, Random, Logger, Shared?.Failures);
        _keptSlots = CreateCache();
    }

    public AuthorizationServer Endpoint { get; }
    public ILogger Logger { get; }
    public SteadyClock Clock { get; }
    public WorkScheduler Scheduler { get; }
    public Random Random { get; }
    public TokenAcquirer Acquirer { get; }
    public SharedTokens? Shared { get; } // Null without a store.

    public TokenSource GetSource(TokenSpec request) => _sources.GetOrAdd(request.Key, () => new TokenSource(request, this, FindSlot(request)));

    public MemoryCache CreateCache() => new(new MemoryCacheOptions { Clock = new CacheClock(Clock.TimeProvider) });

    // Keeps a value; where there are enough, the least recently used ones make room, unless it takes the place of one of its own.
    public static void Keep(MemoryCache cache, string key, object value, int most, TimeSpan idle)
    {
        if (cache.Count >= most && !cache.TryGetValue(key, out _))
            cache.Compact(Math.Max(0.1, 1 - ((most - 1.0) / cache.Count)));
        cache.Set(key, value, new MemoryCacheEntryOptions { SlidingExpiration = idle });
    }

    // Has what is remembered of a failure outlive the cache that the token may have left. Few fail: an endpoint is asked a hundred times a minute.
    public void Keep(TokenSource failed)
    {
        // No concurrent queue: one that is peeked at keeps what has left it.
        lock (_failed)
        {
            _failed.Enqueue((failed, Clock.Now + KeptFor));
            while (_failed.Peek().Until < Clock.Now)
                _failed.Dequeue();
        }
    }

    private RefreshTokenSlot FindSlot(TokenSpec request)
    {
        if (request.InitialRefreshToken is not { } initial)
            return new RefreshTokenSlot(null);
        var key = request.GetRefreshTokenKey();
        var slot = _slots.GetOrAdd(key, () => new RefreshTokenSlot(initial));
        Keep(_keptSlots, key, slot, MaxKeptSlots, TimeSpan.FromDays(365));
        return slot;
    }

    private sealed class CacheClock(TimeProvider timeProvider) : ISystemClock
    {
        public DateTimeOffset UtcNow => timeProvider.GetUtcNow();
    }
}
