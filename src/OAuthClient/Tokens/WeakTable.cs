namespace OAuthClient.Tokens;

// Things by key, for as long as anybody else holds them.
internal sealed class WeakTable<T>
    where T : class
{
    private const int PruneEvery = 1_024;

    private readonly ConcurrentDictionary<string, WeakReference<T>> _known = new(StringComparer.Ordinal);
    private int _added;

    public T GetOrAdd(string key, Func<T> create)
    {
        while (true)
        {
            if (_known.TryGetValue(key, out var known) && known.TryGetTarget(out var living))
                return living;
            var created = create();
            var reference = new WeakReference<T>(created);
            if (known is null ? !_known.TryAdd(key, reference) : !_known.TryUpdate(key, reference, known))
                continue;
            if (Interlocked.Increment(ref _added) % PruneEvery == 0)
                Prune();
            return created;
        }
    }

    private void Prune()
    {
        foreach (var pair in _known.Where(pair => !pair.Value.TryGetTarget(out _)))
            _known.TryRemove(pair);
    }
}
