using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;

namespace OAuthClient.Tokens;

// All token sources of the process by key, so that clients that would get the same token share it. It holds them weakly: a source lives as
// long as a client's state, its cache, the memory of its failure, or a fetch under way keeps it.
internal sealed class TokenRegistry
{
    private const int MaxKeptSlots = 10_000;

    private readonly WeakTable<TokenSource> _sources = new();

    // Of the refresh tokens that users brought along, one for all who bring the same; and those of the last days, which may have been rotated.
    private readonly WeakTable<RefreshTokenSlot> _slots = new();
    private readonly MemoryCache _keptSlots;

    public TokenRegistry(TokenEngine engine)
    {
        Engine = engine;
        _keptSlots = CreateCache(MaxKeptSlots);
    }

    public TokenEngine Engine { get; }

    public TokenSource GetOrAdd(AccessTokenRequest request) => _sources.GetOrAdd(request.Key, () => new TokenSource(request, Engine, FindSlot(request)));

    public MemoryCache CreateCache(int sizeLimit) => new(new MemoryCacheOptions { SizeLimit = sizeLimit, Clock = new CacheClock(Engine.Clock.TimeProvider) });

    private RefreshTokenSlot FindSlot(AccessTokenRequest request)
    {
        if (request.InitialRefreshToken is not { } initial)
            return new RefreshTokenSlot(null);
        var key = request.GetValueKey(new RefreshTokenGrant(initial));
        return _keptSlots.Set(key, _slots.GetOrAdd(key, () => new RefreshTokenSlot(initial)), new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromDays(7) });
    }

    private sealed class CacheClock(TimeProvider timeProvider) : ISystemClock
    {
        public DateTimeOffset UtcNow => timeProvider.GetUtcNow();
    }
}
