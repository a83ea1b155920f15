using System.Collections.Concurrent;
using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>
/// Which secrets and passwords a server has refused. Servers lock accounts, so a refused one is not sent again for a quarter of an hour,
/// doubling, whichever scopes are wanted; and a password that has not proved good yet is tried by one request at a time. A changed
/// secret or password has no past.
/// </summary>
internal sealed class CredentialMemory(LifetimeClock clock, Random random)
{
    private const int PruneEvery = 256;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _added;

    /// <summary>Why the credential must not be sent, or null. After null, <see cref="Leave"/> must follow.</summary>
    /// <param name="key">A hash of the credential.</param>
    /// <param name="oneAtATime">True for one that may lock an account.</param>
    public async ValueTask<TokenFailure?> EnterAsync(string key, bool oneAtATime)
    {
        if (!oneAtATime)
            return _entries.TryGetValue(key, out var known) ? known.GetRemembered(clock.Now) : null;
        var entry = _entries.GetOrAdd(key, _ => new Entry(RetryBackOff.ForRefusedPassword(random)));
        while (true)
        {
            if (entry.TryEnter(clock.Now, out var failure) is not { } trial)
                return failure;
            await trial.ConfigureAwait(false);
        }
    }

    /// <summary>Notes what became of a credential that was sent; null where nothing was learnt about it.</summary>
    public void Leave(string key, bool? wasAccepted, TokenFailure? failure)
    {
        if (wasAccepted == false)
        {
            _entries.GetOrAdd(key, _ => new Entry(RetryBackOff.ForRefusedSecret(random))).Leave(wasAccepted, failure, clock.Now);
            if (Interlocked.Increment(ref _added) % PruneEvery == 0)
                Prune();
        }
        else if (_entries.TryGetValue(key, out var entry))
            entry.Leave(wasAccepted, failure, clock.Now);
    }

    // Refresh tokens and assertions come and go; a refusal that is long past says nothing any more.
    private void Prune()
    {
        foreach (var pair in _entries)
        {
            if (pair.Value.IsForgotten(clock.Now))
                _entries.TryRemove(pair);
        }
    }

    private sealed class Entry(RetryBackOff refused)
    {
        private readonly object _gate = new();
        private TaskCompletionSource? _trial;
        private bool _isGood;

        public TokenFailure? GetRemembered(long now)
        {
            lock (_gate)
                return refused.GetRemembered(now);
        }

        /// <summary>The trial under way, to be waited for; else null, with the failure that is remembered, or none and the way is free.</summary>
        public Task? TryEnter(long now, out TokenFailure? failure)
        {
            lock (_gate)
            {
                failure = refused.GetRemembered(now);
                if (failure is not null || _isGood)
                    return null;
                if (_trial is not null)
                    return _trial.Task;
                _trial = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return null;
            }
        }

        public bool IsForgotten(long now)
        {
            lock (_gate)
                return _trial is null && !_isGood && refused.GetRemembered(now) is null;
        }

        public void Leave(bool? wasAccepted, TokenFailure? failure, long now)
        {
            lock (_gate)
            {
                if (wasAccepted is true)
                    refused.Clear();
                else if (wasAccepted is false)
                    refused.Remember(failure!, now);
                _isGood = wasAccepted ?? _isGood;
                _trial?.TrySetResult();
                _trial = null;
            }
        }
    }
}
