namespace OAuthClient.Store;

// The store as the engine uses it: names that tell nothing, entries that none but who has the key reads or makes, and whatever goes wrong is a miss.
internal sealed class SealedStore
{
    private readonly IOAuth2TokenStore _store;
    private readonly OAuth2TokenStoreOptions _options;
    private readonly SteadyClock _clock;
    private readonly ILogger _logger;
    private readonly SecretSource? _key;
    private readonly StoreCircuit _circuit = new();
    private readonly StoreSubscription _subscription;
    private volatile Keys? _keys;
    private volatile bool _wasAsked; // True once it has answered, or has failed to.
    private long _complainedAt = long.MinValue / 2;

    public SealedStore(IOAuth2TokenStore store, OAuth2TokenStoreOptions options, SteadyClock clock, ILogger logger)
    {
        (_store, _options, _clock, _logger) = (store, options, clock, logger);
        _key = SecretSource.Create("Key", options.Key, options.KeyFile, options.KeyCallback, "token store");
        _subscription = new StoreSubscription(store, options.ConnectTimeout, clock, name => Changed?.Invoke(name));
    }

    // Told the name of an entry that has changed, or whose claim has been given up.
    public event Action<string>? Changed;

    // True where it tells of changes.
    public bool Tells => _subscription.Tells;

    public bool IsDown => _circuit.HasFailed;

    // What is stored; more than one where keys are being replaced.
    public async ValueTask<IReadOnlyList<byte[]>> ReadAsync(string id, bool async)
    {
        return await AskAsync<IReadOnlyList<byte[]>>(
            async (sealing, deadline) =>
            {
                var contents = new List<byte[]>();
                foreach (var name in sealing.NamesOf(id))
                {
                    if (await _store.GetAsync(name, deadline).ConfigureAwait(false) is not { } value)
                        continue;
                    if (Open(sealing, name, value) is { } content)
                        contents.Add(content);
                    else
                        Complain("it was not sealed with a key that this instance has, or has been changed since");
                }

                return contents;
            },
            [],
            async).ConfigureAwait(false);
    }

    public async ValueTask WriteAsync(string id, byte[] content, TimeSpan life, bool async) => await AskAsync(
        async (sealing, deadline) =>
        {
            foreach (var name in sealing.NamesOf(id))
                await _store.SetAsync(name, sealing.Seal(id, name, content), life, deadline).ConfigureAwait(false);
        },
        async).ConfigureAwait(false);

    public async ValueTask RemoveAsync(string id, bool async) => await AskAsync(
        async (sealing, deadline) =>
        {
            foreach (var name in sealing.NamesOf(id))
                await _store.RemoveAsync(name, deadline).ConfigureAwait(false);
        },
        async).ConfigureAwait(false);

    // The names that changes of an entry, or of the claim for it, are told by; none before the store was first asked.
    public IEnumerable<string> NamesOf(string id) => _keys is { } keys ? keys.Sealing.NamesOf(id) : [];

    // A claim that lives until it is released, or this process dies; null where another instance has one. Where the store does not answer nobody can tell, and everybody has one.
    public async ValueTask<StoreClaim?> TryClaimAsync(string id, bool async)
    {
        var claim = new StoreClaim(id);
        if (!await ExtendAsync(claim, async).ConfigureAwait(false))
            return null;
        claim.Timer = _clock.TimeProvider.CreateTimer(async _ => await KeepAsync(claim).ConfigureAwait(false), null, StoreClaim.ExtendEvery, StoreClaim.ExtendEvery);
        return claim;
    }

    // True where the claim is held from now on, or nobody can tell.
    public async ValueTask<bool> ExtendAsync(StoreClaim claim, bool async) => await AskAsync(
        async (sealing, deadline) =>
        {
            // All of its names, in the same order as everybody: an instance may have one of the keys alone.
            var names = sealing.NamesOf(claim.Id);
            for (var i = 0; i < names.Length; i++)
            {
                if (await _store.TryClaimAsync(names[i], claim.Value, StoreClaim.Life, deadline).ConfigureAwait(false))
                    continue;
                foreach (var held in names[..i])
                    await _store.ReleaseClaimAsync(held, claim.Value, deadline).ConfigureAwait(false);
                return false;
            }

            return true;
        },
        true,
        async).ConfigureAwait(false);

    public async ValueTask ReleaseAsync(StoreClaim claim, bool async)
    {
        claim.Release();
        await AskAsync(
            async (sealing, deadline) =>
            {
                foreach (var name in sealing.NamesOf(claim.Id))
                    await _store.ReleaseClaimAsync(name, claim.Value, deadline).ConfigureAwait(false);
            },
            async).ConfigureAwait(false);
    }

    // Tells, at most once a minute, why an entry counts for nothing.
    public void Complain(string reason)
    {
        var (last, now) = (Volatile.Read(ref _complainedAt), _clock.Now);
        if (now - last >= 60_000 && Interlocked.CompareExchange(ref _complainedAt, now, last) == last)
            Log.StoreEntryIgnored(_logger, reason);
    }

    // What was sent last need not come last: an extension that was under way when the claim was released would have it again.
    private async Task KeepAsync(StoreClaim claim)
    {
        if (claim.IsReleased)
            return;
        await ExtendAsync(claim, async: true).ConfigureAwait(false);
        if (claim.IsReleased)
            await ReleaseAsync(claim, async: true).ConfigureAwait(false);
    }

    private async ValueTask AskAsync(Func<Sealing, CancellationToken, ValueTask> tell, bool async) => await AskAsync(
        async (sealing, deadline) =>
        {
            await tell(sealing, deadline).ConfigureAwait(false);
            return true;
        },
        false,
        async).ConfigureAwait(false);

    // Asks the store, within its time and unless it has just failed.
    private async ValueTask<T> AskAsync<T>(Func<Sealing, CancellationToken, ValueTask<T>> ask, T otherwise, bool async)
    {
        if (!_circuit.TryEnter(_clock.Now))
            return otherwise;
        var time = _wasAsked ? _options.Timeout : _options.ConnectTimeout;
        using var deadline = new CancellationTokenSource(time, _clock.TimeProvider);
        var hasKey = false;
        var asking = RunAsync(deadline.Token);
        try
        {
            var answering = asking.WaitAsync(deadline.Token);
            var answer = async ? await answering.ConfigureAwait(false) : answering.GetAwaiter().GetResult();
            if (_circuit.Note(hasFailed: false, _clock.Now))
                Log.StoreAnswersAgain(_logger);
            return answer;
        }
        catch (Exception exception)
        {
            // What was given up may fail yet, when nobody is left to take note of it.
            _ = asking.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            Telemetry.NoteStoreFailure();
            if (_circuit.Note(hasFailed: true, _clock.Now))
                Log.StoreFailed(_logger, Describe(exception, hasKey, deadline.IsCancellationRequested ? time : null));
            return otherwise;
        }
        finally
        {
            _wasAsked = true;
        }

        async Task<T> RunAsync(CancellationToken cancellationToken)
        {
            var sealing = await GetSealingAsync(async, cancellationToken).ConfigureAwait(false);
            hasKey = true;
            var answer = await ask(sealing, cancellationToken).ConfigureAwait(false);
            _subscription.Start();
            return answer;
        }
    }

    // Not what a store throws, which may hold what it was sent, or where it is and with which password.
    // over: The time that it did not answer in; null where it did.
    private static string Describe(Exception exception, bool hasKey, TimeSpan? over) =>
        over is { } time ? $"{(hasKey ? "it did not answer" : "its key could not be had")} within {time.TotalMilliseconds} ms"
        : exception is SecretException ? $"its key cannot be had: {exception.Message.TrimEnd('.')}"
        : $"it failed with {exception.GetType().Name}";

    private async ValueTask<Sealing> GetSealingAsync(bool async, CancellationToken cancellationToken)
    {
        // A fetch asks a dozen times, and that is one use; while one asks for the key anew, the others go on with the one before.
        var last = _keys;
        if (last is not null && !last.TryRenew(_clock.Now))
            return last.Sealing;
        var text = _key is null ? null : await _key.ReadAsync(async, cancellationToken, StoreKey.FindFault).ConfigureAwait(false);
        var sealing = last is not null && last.Text == text ? last.Sealing : new Sealing(text is null ? [] : StoreKey.Read(text), _options.Protect, _options.Unprotect);
        _keys = new Keys(text, sealing, _clock.Now);
        return sealing;
    }

    private static byte[]? Open(Sealing sealing, string name, byte[] value)
    {
        try
        {
            return sealing.Open(name, value);
        }
        catch (Exception)
        {
            // The application's own way of opening what it has sealed.
            return null;
        }
    }

    // A class that prints nothing, unlike a record.
    private sealed class Keys(string? text, Sealing sealing, long readAt)
    {
        private const long ReadFor = 1_000;

        private long _readAt = readAt;

        public string? Text => text;
        public Sealing Sealing => sealing;

        // True for the one who is to read it again.
        public bool TryRenew(long now)
        {
            var last = Volatile.Read(ref _readAt);
            return now - last >= ReadFor && Interlocked.CompareExchange(ref _readAt, now, last) == last;
        }
    }
}
