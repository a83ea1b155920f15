namespace OAuthClient.Tokens;

// The state of one token and what changes it. None, fresh, stale or expired, as its entry's times tell; beside that at most one fetch under way, the
// budget for more, and what is remembered of failures and rejections. The current entry is read without a lock, and all changes are made under one.
internal abstract class TokenLife(AccessTokenRequest request, TokenEngine engine, RefreshTokenSlot slot)
{
    // What a fetch ends with whose token was of no use to anybody.
    protected static readonly TokenFailure ExpiredOnArrival = new("the token had expired when it arrived. Let the server issue tokens that live longer, or answer faster.", IsTransient: true);

    private readonly object _gate = new();
    private readonly RetryBackOff _failures = RetryBackOff.ForOutage(engine.Random);
    private readonly AcquisitionBudget _budget = new(engine.Random);
    private readonly Rejections _rejections = new(engine.Random);
    private RefreshTokenSlot _slot = slot;
    private volatile TokenEntry? _current;
    private volatile bool _revokesPrevious;
    private TokenFetch? _fetch;
    private int _contestLogged;
    private int _generation;

    public AccessTokenRequest Request => request;
    protected TokenEngine Engine => engine;
    protected TokenEntry? Current => _current;

    // True where a new token is known to revoke the one before.
    public bool RevokesPrevious => _revokesPrevious;

    // True where an answer other than 401 has something to tell.
    public bool IsNews(TokenEntry entry, Origin origin) => entry.Settled != origin && (_rejections.IsRejecting(origin) || !entry.WasAcceptedBy(origin));

    // Notes that an API answered other than 401.
    public void NoteAccepted(TokenEntry entry, Origin origin)
    {
        lock (_gate)
        {
            entry.NoteAccepted(origin);
            _rejections.NoteAccepted(origin, engine.Clock.Now);
            entry.Settled = origin;
        }
    }

    // Notes a 401 of a call that is not sent again: who calls that API next does so with another token.
    public void NoteRejected(TokenEntry entry, Origin origin)
    {
        lock (_gate)
        {
            if (_current?.Token.Value == entry.Token.Value && !_current.WasRejectedBy(origin))
                NoteRejection(entry, origin, engine.Clock.Now);
        }
    }

    // Forgets the access token and returns it. What a fetch that has been sent brings is not kept.
    public OAuth2Token? Invalidate()
    {
        lock (_gate)
        {
            var entry = _current;
            _current = null;
            _generation++;
            return entry?.Token;
        }
    }

    // Forgets the refresh token and returns it.
    public string? TakeRefreshToken()
    {
        lock (_gate)
            return _slot.Take();
    }

    // Takes over the tokens of a source that asked with other credentials, to serve until there are new ones, or with other times.
    public void Adopt(TokenLife other)
    {
        TokenEntry? entry;
        RefreshTokenSlot slot;
        int generation;
        lock (other._gate)
            (entry, slot, generation) = (other._current, other._slot, other._generation);
        lock (_gate)
        {
            // Also where this one has tokens of its own, from before the credentials were changed and changed back: the other's is the later.
            if (!slot.IsEmpty())
                _slot = slot;

            // The later one; none where the other's was forgotten since this one's was passed on.
            if (generation <= _generation && (entry is null || entry.ObtainedAt < _current?.ObtainedAt))
                return;
            if (request.GetCredentials() != other.Request.GetCredentials())
                entry?.MakeStale();
            (_current, _generation) = (entry, generation);
        }
    }

    // The fetch under way, or a new one, or what makes one unnecessary or impossible.
    protected TokenFetch Fetch(FetchReason reason, TokenEntry? rejected, Origin? origin, bool async)
    {
        TokenFetch fetch;
        RefreshTokenSlot slot;
        bool isContended;
        lock (_gate)
        {
            var now = engine.Clock.Now;
            var current = _current;
            if (reason == FetchReason.Rejected && current?.Token.Value != rejected!.Token.Value)
            {
                // Superseded before its time was up: the new token revoked it.
                _revokesPrevious |= current is not null && now < rejected.ExpiresAt;
                reason = FetchReason.Missing;
            }

            if (reason == FetchReason.Stale && (current is null || now >= current.ReplaceAt))
                reason = FetchReason.Missing;

            var underWay = _fetch is { IsSent: true } && _fetch.Generation != _generation ? null : _fetch;
            if (current is not null && reason switch
            {
                FetchReason.Stale => now < current.RefreshAt,
                FetchReason.Missing => IsGood(current, underWay, now) && (origin is null || now < current.RefreshAt || !current.WasRejectedBy(origin)),
                _ => false,
            })
                return TokenFetch.Done(current, null);
            if (underWay is not null)
            {
                // It may fail, and until it ends the token is of no use there.
                if (reason == FetchReason.Rejected && !current!.WasRejectedBy(origin!))
                    NoteRejection(rejected!, origin!, now);
                return underWay;
            }

            if (reason == FetchReason.Rejected && !NoteRejection(rejected!, origin!, now))
                return TokenFetch.Done(rejected, null);

            // Callers begin to need the token: one attempt is worth it, however long the last ones back off.
            var isDue = reason == FetchReason.Missing && current is { WasLastAttemptMade: false } && now >= current.ExpiresAt;
            if ((_failures.GetRemembered(now, isDue) ?? engine.Acquirer.GetOutage(request.Client, isDue)) is { } failure)
            {
                // Meanwhile nobody needs to ask, and the token is as good as a fresh one.
                var serving = Serving(now);
                serving?.Postpone(now + (long)(failure.RetryAfter?.TotalMilliseconds ?? 0));
                return TokenFetch.Done(serving, failure);
            }

            _budget.IsContended = isContended = _rejections.IsContended(now);
            var wait = _budget.GetWait(now);
            if (reason == FetchReason.Stale && wait > 0 && (origin is null || !current!.WasRejectedBy(origin)))
                return TokenFetch.Done(current, null);
            if (isDue)
                current!.WasLastAttemptMade = true;
            _budget.Spend(now);
            slot = _slot;
            _fetch = fetch = new TokenFetch(engine.Scheduler.CreatePromise<FetchOutcome>(), now, wait) { IsDue = isDue };
            fetch.Before = slot.Enter(fetch);
        }

        if (isContended && Interlocked.Exchange(ref _contestLogged, 1) == 0)
            engine.LogContest(request.Client);
        try
        {
            engine.Scheduler.Run(isAsync => RunAsync(fetch, slot, isAsync), async);
        }
        catch (Exception exception)
        {
            // No thread was to be had. Whoever waits for this fetch must not wait for ever.
            slot.Leave(fetch, Abandon(fetch, exception));
        }

        return fetch;
    }

    private async Task RunAsync(TokenFetch fetch, RefreshTokenSlot slot, bool async)
    {
        FetchOutcome outcome;
        try
        {
            if (fetch.Before is { } before)
                await before.JoinAsync(async, CancellationToken.None).ConfigureAwait(false);
            fetch.Before = null;
            await engine.Clock.DelayAsync(fetch.Wait, async).ConfigureAwait(false);
            var (refreshToken, taken) = slot.Read();
            if (request.Client.Grant is { UsesRefreshTokens: false })
                refreshToken = null;
            lock (_gate)
                (fetch.IsSent, fetch.Generation, fetch.Previous) = (true, _generation, _current);
            var acquired = await engine.Acquirer.AcquireAsync(request, refreshToken, slot.MayRotate, fetch.IsDue, async).ConfigureAwait(false);

            // Kept even where the access token is no longer wanted: the one before may be used up.
            slot.Write(refreshToken, taken, acquired);
            outcome = Publish(fetch, acquired);
        }
        catch (Exception exception)
        {
            // Nobody would ever see a bug that surfaced here; the callers do.
            outcome = Abandon(fetch, exception);
        }

        slot.Leave(fetch, outcome);
    }

    private FetchOutcome Publish(TokenFetch fetch, Acquisition acquired)
    {
        lock (_gate)
        {
            var now = engine.Clock.Now;
            _fetch = _fetch == fetch ? null : _fetch;
            if (acquired is { Failure: { } failure })
            {
                if (failure is { WasSent: true, IsKept: false })
                {
                    _failures.Remember(failure, now);
                    engine.Keep(this);
                }
                else
                {
                    _failures.Repeat(failure, now, fetch.IsDue);
                }

                // What was known to be refused was not sent: one attempt is still due once that fades.
                if (fetch is { IsDue: true, Previous: { } ended } && !failure.WasSent)
                    ended.WasLastAttemptMade = false;

                // Whichever holds longer tells when it is worth it to ask again: what this token has met with, or what its endpoint has.
                failure = _failures.GetRemembered(now) ?? failure;
                var outage = engine.Acquirer.GetOutage(request.Client, isDue: false);
                return new FetchOutcome(Serving(now), outage?.RetryAfter > failure.RetryAfter ? failure with { RetryAfter = outage.RetryAfter } : failure);
            }

            _failures.Clear();
            var entry = acquired.Entry!;
            if (fetch.Previous?.Token.Value == entry.Token.Value)
                entry = entry.UntilExpiry(fetch.Previous, now);
            if (fetch.Generation == _generation)
                _current = entry;
            return now < entry.ExpiresAt ? new FetchOutcome(entry, null) : new FetchOutcome(null, ExpiredOnArrival);
        }
    }

    private FetchOutcome Abandon(TokenFetch fetch, Exception exception)
    {
        lock (_gate)
        {
            _fetch = _fetch == fetch ? null : _fetch;
            return new FetchOutcome(Serving(engine.Clock.Now), new TokenFailure($"the token request failed with {exception.GetType().Name}; the inner exception tells more.", Cause: exception));
        }
    }

    private bool NoteRejection(TokenEntry rejected, Origin origin, long now)
    {
        // The current one may be another entry of the same token.
        rejected.Settled = _current!.Settled = null;
        if (!_rejections.TryNote(rejected, origin, now))
            return false;
        _current.NoteRejected(origin);
        return true;
    }

    // Whom a fetch has kept waiting since the token was stale, nobody knows how long it still will.
    private static bool IsGood(TokenEntry entry, TokenFetch? underWay, long now) =>
        now < entry.ReplaceAt || (now < entry.ExpiresAt && underWay?.StartedAt < entry.ReplaceAt);

    // A token in its last seconds is better than none.
    private TokenEntry? Serving(long now) => _current is { } entry && now < entry.ExpiresAt ? entry : null;
}
