using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;
using OAuthClient.Grants;

namespace OAuthClient.Tokens;

// All token sources of the process by key, so that clients that would get the same token share it. It holds them weakly: a source lives as
// long as a client's state, its cache, the memory of its failure, or a fetch under way keeps it.
internal sealed class TokenRegistry(TokenEngine engine)
{
    private readonly WeakTable<TokenSource> _sources = new();

    // Of the refresh tokens that users brought along, one for all who bring the same.
    private readonly WeakTable<RefreshTokenSlot> _slots = new();

    public TokenEngine Engine => engine;

    public TokenSource GetOrAdd(AccessTokenRequest request) => _sources.GetOrAdd(request.Key, () => new TokenSource(request, engine, FindSlot(request)));

    public MemoryCache CreateCache(int sizeLimit) => new(new MemoryCacheOptions { SizeLimit = sizeLimit, Clock = new CacheClock(engine.Clock.TimeProvider) });

    private RefreshTokenSlot FindSlot(AccessTokenRequest request) => request.InitialRefreshToken is { } initial
        ? _slots.GetOrAdd(request.GetValueKey(new RefreshTokenGrant(initial)), () => new RefreshTokenSlot(initial))
        : new RefreshTokenSlot(null);

    private sealed class CacheClock(TimeProvider timeProvider) : ISystemClock
    {
        public DateTimeOffset UtcNow => timeProvider.GetUtcNow();
    }
}
