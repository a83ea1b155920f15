using System.Collections.Concurrent;
using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>
/// Which secrets, passwords, assertions and refresh tokens a server has refused. Servers lock accounts, so a refused password is not sent
/// again for a quarter of an hour, doubling, whichever scopes are wanted; and one that has not proved good yet is tried by one request at a
/// time. A changed value has no past.
/// </summary>
internal sealed class CredentialMemory(LifetimeClock clock, Random random)
{
    private const int PruneEvery = 256;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _added;

    /// <summary>Why the value must not be sent; else a lease, which must be ended.</summary>
    /// <param name="key">A hash of the value.</param>
    /// <param name="isPassword">True for one that may lock an account, and so is tried by one request at a time.</param>
    /// <param name="async">False where the caller waits on its own thread.</param>
    public async ValueTask<(Lease? Lease, TokenFailure? Failure)> EnterAsync(string key, bool isPassword, bool async)
    {
        while (true)
        {
            if (_entries.TryAdd(key, new Entry(isPassword ? RetryBackOff.ForRefusedPassword(random) : RetryBackOff.ForRefusedSecret(random), isPassword))
                && Interlocked.Increment(ref _added) % PruneEvery == 0)
                Prune();
            if (!_entries.TryGetValue(key, out var entry) || !entry.TryEnter(clock.Now, out var failure, out var trial))
                continue;
            if (trial is null)
                return failure is null ? (new Lease(entry, clock), null) : (null, failure);
            if (async)
                await trial.ConfigureAwait(false);
            else
                trial.GetAwaiter().GetResult();
        }
    }

    // Values come and go; one of which nothing is remembered says nothing any more.
    private void Prune()
    {
        foreach (var pair in _entries)
        {
            if (pair.Value.TryForget(clock.Now))
                _entries.TryRemove(pair);
        }
    }

    /// <summary>Leave to send a value. It holds the value's entry, whatever becomes of the memory meanwhile.</summary>
    internal sealed class Lease(Entry entry, LifetimeClock clock)
    {
        /// <summary>True where the value has brought a token before.</summary>
        public bool IsProved => entry.IsProved;

        /// <summary>Notes what became of it; null where nothing was learnt about it.</summary>
        /// <returns>How long it is barred from now on; null: it is not.</returns>
        public TimeSpan? End(bool? wasAccepted, TokenFailure? failure) => entry.End(wasAccepted, failure, clock.Now);
    }

    internal sealed class Entry(RetryBackOff refused, bool isPassword)
    {
        private readonly object _gate = new();
        private TaskCompletionSource? _trial;
        private bool _isForgotten;
        private int _leases;

        public bool IsProved { get; private set; }

        /// <summary>
        /// Enters where nothing is remembered against it and nobody tries it. False where the entry itself has been forgotten meanwhile.
        /// </summary>
        /// <param name="now">The clock's time.</param>
        /// <param name="failure">What is remembered against it.</param>
        /// <param name="trial">The trial under way, to be waited for.</param>
        public bool TryEnter(long now, out TokenFailure? failure, out Task? trial)
        {
            lock (_gate)
            {
                failure = refused.GetRemembered(now);
                trial = failure is null ? _trial?.Task : null;
                if (_isForgotten)
                    return false;
                if (failure is null && trial is null)
                {
                    _leases++;
                    if (isPassword && !IsProved)
                        _trial = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                return true;
            }
        }

        public bool TryForget(long now)
        {
            lock (_gate)
                return _isForgotten = _isForgotten || (_leases == 0 && !IsProved && refused.GetRemembered(now) is null);
        }

        public TimeSpan? End(bool? wasAccepted, TokenFailure? failure, long now)
        {
            lock (_gate)
            {
                _leases--;
                if (wasAccepted is true)
                    refused.Clear();
                else if (wasAccepted is false)
                    refused.Remember(failure!, now);
                // Kept of passwords alone: others come and go, and what has proved good of them makes no difference.
                IsProved = isPassword && (wasAccepted ?? IsProved);
                _trial?.TrySetResult();
                _trial = null;
                return refused.GetRemembered(now)?.RetryAfter;
            }
        }
    }
}
