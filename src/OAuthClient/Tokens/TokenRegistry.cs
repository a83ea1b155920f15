using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;

namespace OAuthClient.Tokens;

// All token sources of the process by key, so that clients that would get the same token share it. It holds them weakly: a source lives as
// long as a client's state, its cache, the memory of its failure, or a fetch under way keeps it.
internal sealed class TokenRegistry(TokenEngine engine)
{
    private const int MaxKeptSlots = 10_000;

    private readonly WeakTable<TokenSource> _sources = new();

    // Of the refresh tokens that users brought along, one for all who bring the same; and the last of them whatever their sources do, since they may have been rotated.
    private readonly WeakTable<RefreshTokenSlot> _slots = new();
    private readonly MemoryCache _keptSlots = CreateCache(engine);

    public TokenEngine Engine => engine;

    public TokenSource GetOrAdd(TokenSpec request) => _sources.GetOrAdd(request.Key, () => new TokenSource(request, Engine, FindSlot(request)));

    public static MemoryCache CreateCache(TokenEngine engine) => new(new MemoryCacheOptions { Clock = new CacheClock(engine.Clock.TimeProvider) });

    // Keeps a value; where there are enough, the least recently used ones make room, unless it takes the place of one of its own.
    public static void Keep(MemoryCache cache, string key, object value, int most, TimeSpan idle)
    {
        if (cache.Count >= most && !cache.TryGetValue(key, out _))
            cache.Compact(Math.Max(0.1, 1 - ((most - 1.0) / cache.Count)));
        cache.Set(key, value, new MemoryCacheEntryOptions { SlidingExpiration = idle });
    }

    private RefreshTokenSlot FindSlot(TokenSpec request)
    {
        if (request.InitialRefreshToken is not { } initial)
            return new RefreshTokenSlot(null);
        var key = request.GetValueKey(new RefreshTokenGrant(initial));
        var slot = _slots.GetOrAdd(key, () => new RefreshTokenSlot(initial));
        Keep(_keptSlots, key, slot, MaxKeptSlots, TimeSpan.FromDays(365));
        return slot;
    }

    private sealed class CacheClock(TimeProvider timeProvider) : ISystemClock
    {
        public DateTimeOffset UtcNow => timeProvider.GetUtcNow();
    }
}
