using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;

namespace OAuthClient.Tokens;

/// <summary>
/// All token sources of the process by key, so that clients that would get the same token share it. It holds them weakly: a source lives
/// as long as a client's state, its cache, or a fetch under way keeps it.
/// </summary>
internal sealed class TokenRegistry(TokenEngine engine)
{
    private const int PruneEvery = 1_024;

    private readonly ConcurrentDictionary<string, WeakReference<TokenSource>> _sources = new(StringComparer.Ordinal);
    private int _added;

    public TokenEngine Engine => engine;

    public TokenSource GetOrAdd(AccessTokenRequest request)
    {
        while (true)
        {
            if (_sources.TryGetValue(request.Key, out var known))
            {
                if (known.TryGetTarget(out var living))
                {
                    living.Renew(request);
                    return living;
                }

                _sources.TryRemove(new KeyValuePair<string, WeakReference<TokenSource>>(request.Key, known));
            }

            var source = new TokenSource(request, engine);
            if (_sources.TryAdd(request.Key, new WeakReference<TokenSource>(source)))
            {
                if (Interlocked.Increment(ref _added) % PruneEvery == 0)
                    Prune();
                return source;
            }
        }
    }

    public MemoryCache CreateCache(int sizeLimit) => new(new MemoryCacheOptions { SizeLimit = sizeLimit, Clock = new CacheClock(engine.Clock.TimeProvider) });

    private void Prune()
    {
        foreach (var pair in _sources)
        {
            if (!pair.Value.TryGetTarget(out _))
                _sources.TryRemove(pair);
        }
    }

    private sealed class CacheClock(TimeProvider timeProvider) : ISystemClock
    {
        public DateTimeOffset UtcNow => timeProvider.GetUtcNow();
    }
}
