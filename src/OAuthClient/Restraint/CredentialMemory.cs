namespace OAuthClient.Restraint;

// Which secrets, passwords, assertions and refresh tokens a server has refused. Servers lock accounts, so a refused password is not sent again for a
// quarter of an hour, doubling, and one that has not proved good yet is tried by one request at a time. A changed value has no past.
internal sealed class CredentialMemory(SteadyClock clock, Random random)
{
    private const int PruneEvery = 256;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _added;

    // Why the value must not be sent; else its entry, whose lease must be ended.
    public async ValueTask<(Entry? Lease, TokenFailure? Failure)> EnterAsync(string key, bool isPassword, bool async, CancellationToken deadline)
    {
        while (true)
        {
            if (_entries.TryAdd(key, new Entry(clock, isPassword ? BackOff.ForRefusedPassword(random) : BackOff.ForRefusedSecret(random), isPassword))
                && Interlocked.Increment(ref _added) % PruneEvery == 0)
                Prune();
            if (!_entries.TryGetValue(key, out var entry) || !entry.TryEnter(out var failure, out var trial))
                continue;
            if (trial is null)
                return failure is null ? (entry, null) : (null, failure);
            try
            {
                if (async)
                    await trial.WaitAsync(deadline).ConfigureAwait(false);
                else
                    trial.Wait(deadline);
            }
            catch (OperationCanceledException)
            {
                return (null, new TokenFailure("another request is trying the same password, and has not ended in time. Raise TokenRequestTimeout if the server is slow.", IsTransient: true) { WasTried = false });
            }
        }
    }

    // Values come and go; one of which nothing is remembered says nothing any more.
    private void Prune()
    {
        foreach (var pair in _entries.Where(pair => pair.Value.TryForget()))
            _entries.TryRemove(pair);
    }

    // What is remembered of one value, and how many requests are sending it, which hold it whatever becomes of the memory meanwhile.
    internal sealed class Entry(SteadyClock clock, BackOff refused, bool isPassword)
    {
        private readonly object _gate = new();
        private TaskCompletionSource? _trial;
        private bool _isForgotten;
        private int _leases;

        public bool IsProved { get; private set; }

        public TokenFailure? GetRefusal()
        {
            lock (_gate)
                return refused.GetRemembered(clock.Now);
        }

        // Enters where nothing is remembered against it and nobody tries it. False where the entry itself has been forgotten meanwhile.
        public bool TryEnter(out TokenFailure? failure, out Task? trial)
        {
            lock (_gate)
            {
                failure = refused.GetRemembered(clock.Now);
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

        public bool TryForget()
        {
            lock (_gate)
                return _isForgotten = _isForgotten || (_leases == 0 && !IsProved && refused.GetRemembered(clock.Now) is null);
        }

        // Notes what became of it; null where nothing was learnt about it. Returns how long it is barred from now on; null: it is not.
        public TimeSpan? End(bool? wasAccepted, TokenFailure? failure)
        {
            lock (_gate)
            {
                _leases--;
                if (wasAccepted is true)
                    refused.Clear();
                else if (wasAccepted is false)
                    refused.Remember(failure!, clock.Now);

                // Kept of passwords alone: others come and go, and what has proved good of them makes no difference.
                IsProved = isPassword && (wasAccepted ?? IsProved);
                _trial?.TrySetResult();
                _trial = null;
                return refused.GetRemembered(clock.Now)?.RetryAfter;
            }
        }
    }
}
