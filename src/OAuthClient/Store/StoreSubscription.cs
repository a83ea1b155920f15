namespace OAuthClient.Store;

// Has a store that answers tell of changes. Nobody waits for that: one that cannot, or may not, does all else.
internal sealed class StoreSubscription(IOAuth2TokenStore store, TimeSpan timeout, SteadyClock clock, Action<string> changed)
{
    private const long AgainAfter = 2_000;

    private volatile bool _tells;
    private long _dueAt = long.MinValue; // The end of time while it is asked, and once it has answered.

    // True where it tells of changes.
    public bool Tells => _tells;

    // Asks for it, unless somebody has; again where that failed.
    public void Start()
    {
        var due = Volatile.Read(ref _dueAt);
        if (clock.Now >= due && Interlocked.CompareExchange(ref _dueAt, long.MaxValue, due) == due)
            _ = RunAsync();
    }

    private async Task RunAsync()
    {
        using var deadline = new CancellationTokenSource(timeout, clock.TimeProvider);
        try
        {
            _tells = await store.SubscribeAsync(changed, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Those who wait for a change look now and then.
            Volatile.Write(ref _dueAt, clock.Now + AgainAfter);
        }
    }
}
