namespace OAuthClient.Tokens;

// The tokens that this process shares with others, found by the names that the store tells of. It holds them weakly, as the engine does their sources.
internal sealed class SharedTokens
{
    private const int PruneEvery = 1_024;

    private readonly ConcurrentDictionary<string, WeakReference<SharedToken>> _byName = new(StringComparer.Ordinal);
    private readonly SealedStore _store;
    private readonly TokenEngine _engine;
    private int _added;

    public SharedTokens(SealedStore store, TokenEngine engine)
    {
        (_store, _engine) = (store, engine);
        Failures = new SharedFailures(store, engine.Clock, engine.Random);
        store.Changed += NoteChange;
    }

    public SharedFailures Failures { get; }

    // Null for a client that shares none.
    public SharedToken? Create(TokenSpec request, TokenState state) =>
        request.Client.SharesTokens ? new SharedToken(request, request.GetRefreshTokenKey(), state, _engine, _store, Failures) : null;

    // Has a token told of what changes from now on.
    public void Watch(SharedToken token)
    {
        foreach (var name in token.Names)
        {
            if (_byName.TryGetValue(name, out var known) && known.TryGetTarget(out var watched) && watched == token)
                continue;
            _byName[name] = new WeakReference<SharedToken>(token);
            if (Interlocked.Increment(ref _added) % PruneEvery == 0)
            {
                foreach (var pair in _byName.Where(pair => !pair.Value.TryGetTarget(out _)))
                    _byName.TryRemove(pair);
            }
        }
    }

    private void NoteChange(string name)
    {
        // Not on the thread that the store reads its answers with.
        if (_byName.TryGetValue(name, out var known) && known.TryGetTarget(out var token))
            _engine.Scheduler.Run(isAsync => token.NoteChangeAsync(name, isAsync), async: true);
    }
}
