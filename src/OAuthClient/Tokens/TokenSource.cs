using System.Diagnostics.CodeAnalysis;
using OAuthClient.Diagnostics;
using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>
/// The life of one token: who may use it, when it is replaced, and that only one request for it is under way at a time.
/// Reading the current token takes no lock; everything that changes state does so under one.
/// </summary>
internal sealed class TokenSource(AccessTokenRequest request, TokenAcquirer acquirer, LifetimeClock clock)
{
    private readonly object _gate = new();
    private volatile TokenEntry? _current;
    private Task<Outcome>? _fetch;
    private int _generation;
    private readonly RetryBackOff _backOff = new();

    /// <summary>What a fetch ended with: a token, or why there is none.</summary>
    private readonly record struct Outcome(TokenEntry? Entry, TokenFailure? Failure);

    public AccessTokenRequest Request => request;

    /// <summary>The token where no caller needs to do anything about it; nothing is locked or allocated.</summary>
    public bool TryGetFresh([NotNullWhen(true)] out TokenEntry? entry)
    {
        entry = _current;
        return entry is not null && clock.Now < entry.RefreshAt;
    }

    /// <summary>The token: at once while it is fresh or stale, else once the one fetch under way has brought it.</summary>
    public ValueTask<TokenEntry> GetAsync(string clientName, bool async, CancellationToken cancellationToken)
    {
        var now = clock.Now;
        var entry = _current;
        if (entry is null || now >= entry.ReplaceAt)
            return WaitAsync(StartFetch(async, now, replaced: null), clientName, async, cancellationToken);
        if (now >= entry.RefreshAt)
            _ = StartFetch(async, now, replaced: null);
        return new ValueTask<TokenEntry>(entry);
    }

    /// <summary>
    /// A token other than <paramref name="rejected"/>: the current one where it is another already, else a new one that all who were
    /// rejected share. Null where the server has no other.
    /// </summary>
    public async ValueTask<TokenEntry?> ReplaceAsync(TokenEntry rejected, string clientName, bool async, CancellationToken cancellationToken)
    {
        var current = _current;
        if (current is null || current.Token.Value == rejected.Token.Value)
            current = await WaitAsync(StartFetch(async, clock.Now, rejected), clientName, async, cancellationToken).ConfigureAwait(false);
        return current.Token.Value == rejected.Token.Value ? null : current;
    }

    /// <summary>Asks for a new token whatever the cached one's age; a fetch under way already is joined.</summary>
    public ValueTask<TokenEntry> ForceAsync(string clientName, bool async, CancellationToken cancellationToken) =>
        WaitAsync(StartFetch(async, clock.Now, _current ?? TokenAcquirer.NoEntry), clientName, async, cancellationToken);

    /// <summary>Forgets the token and returns it. What a fetch under way brings is not kept.</summary>
    public TokenEntry? Invalidate()
    {
        lock (_gate)
        {
            var entry = _current;
            _current = null;
            _fetch = null;
            _generation++;
            return entry;
        }
    }

    /// <summary>The fetch under way, or a new one, or the failure that is still remembered.</summary>
    private Task<Outcome> StartFetch(bool async, long now, TokenEntry? replaced)
    {
        TaskCompletionSource<Outcome> fetch;
        TokenEntry? previous;
        int generation;
        lock (_gate)
        {
            if (_fetch is not null)
                return _fetch;
            previous = _current;
            if (previous is not null && (replaced is null ? now < previous.RefreshAt : previous.Token.Value != replaced.Token.Value))
                return Task.FromResult(new Outcome(previous, null));
            if (_backOff.Remembered(now) is { } failure)
                return Task.FromResult(WithStale(previous, failure, now));
            fetch = new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            _fetch = fetch.Task;
            generation = _generation;
        }

        Detached.Run(isAsync => FetchAsync(fetch, previous, generation, isAsync), async);
        return fetch.Task;
    }

    private async Task FetchAsync(TaskCompletionSource<Outcome> fetch, TokenEntry? previous, int generation, bool async)
    {
        TokenEntry? entry;
        TokenFailure? failure;
        try
        {
            (entry, failure) = await acquirer.AcquireAsync(request, previous, async).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Nobody would ever see a bug that surfaced here; the callers do.
            (entry, failure) = (null, new TokenFailure($"the token request failed with {exception.GetType().Name}; the inner exception tells more.", Cause: exception));
        }

        Outcome outcome;
        lock (_gate)
        {
            var now = clock.Now;
            var isCurrent = generation == _generation;
            if (entry is not null)
            {
                _backOff.Clear();
                if (previous is not null && entry.Token.Value == previous.Token.Value)
                    entry = entry.UntilExpiry(previous);
                outcome = new Outcome(entry, null);
                if (isCurrent)
                    _current = entry;
            }
            else
            {
                _backOff.Remember(failure!, now);
                outcome = WithStale(isCurrent ? _current : null, failure!, now);
            }

            if (isCurrent)
                _fetch = null;
        }

        fetch.SetResult(outcome);
    }

    // A token in its last seconds is better than none.
    private static Outcome WithStale(TokenEntry? entry, TokenFailure failure, long now) =>
        entry is not null && now < entry.ExpiresAt ? new Outcome(entry, failure) : new Outcome(null, failure);

    private async ValueTask<TokenEntry> WaitAsync(Task<Outcome> fetch, string clientName, bool async, CancellationToken cancellationToken)
    {
        if (async)
            await fetch.WaitAsync(cancellationToken).ConfigureAwait(false);
        else
            fetch.Wait(cancellationToken);
        var outcome = await fetch.ConfigureAwait(false);
        return outcome.Entry ?? throw outcome.Failure!.ToException(clientName, RetryAfter());

        TimeSpan? RetryAfter()
        {
            lock (_gate)
                return _backOff.RetryAfter(clock.Now);
        }
    }
}
