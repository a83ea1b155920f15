namespace OAuthClient.Tokens;

// The state of one token and what changes it. None, fresh, stale or expired, as its entry's times tell; beside that at most one fetch under way, the
// budget for more, and what is remembered of failures and rejections. It decides and never waits. The current entry is read without a lock, and all
// changes are made under one.
internal sealed class TokenState(SteadyClock clock, Random random, Func<bool, TokenFailure?> getOutage)
{
    // What a fetch ends with whose token was of no use to anybody.
    public static readonly TokenFailure ExpiredOnArrival = new("the token had expired when it arrived. Let the server issue tokens that live longer, or answer faster.", IsTransient: true);

    private readonly object _gate = new();
    private readonly BackOff _failures = BackOff.ForOutage(random);
    private readonly AcquisitionBudget _budget = new(random);
    private readonly Rejections _rejections = new(random);
    private volatile TokenEntry? _current;
    private volatile bool _revokesPrevious;
    private FetchPlan? _underWay;
    private int _generation;
    private int _contestWarned;

    public TokenEntry? Current => _current;
    public bool RevokesPrevious => _revokesPrevious;

    // The token, and why the last attempt to get one failed, if it did.
    public FetchOutcome GetStatus()
    {
        lock (_gate)
            return new FetchOutcome(_current, _failures.GetLast(clock.Now) ?? getOutage(false));
    }

    // True where an answer other than 401 has something to tell.
    public bool IsNews(TokenEntry entry, Origin origin) => entry.Settled != origin && (_rejections.IsRejecting(origin) || !entry.WasAcceptedBy(origin));

    public void NoteAccepted(TokenEntry entry, Origin origin)
    {
        lock (_gate)
        {
            entry.NoteAccepted(origin);
            _rejections.NoteAccepted(origin, clock.Now);
            entry.Settled = origin;
        }
    }

    // Notes a 401 of a call that is not sent again: who calls that API next does so with another token.
    public void NoteRejected(TokenEntry entry, Origin origin)
    {
        lock (_gate)
        {
            if (_current?.Token.Value == entry.Token.Value && !_current.WasRejectedBy(origin))
                TryNoteRejected(entry, origin, clock.Now);
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

    // Takes over another state's token, to serve until there is a new one; stale where it was asked for with other credentials.
    public void Adopt(TokenState other, bool isStale)
    {
        TokenEntry? entry;
        int generation;
        lock (other._gate)
            (entry, generation) = (other._current, other._generation);
        lock (_gate)
        {
            // The later one; none where the other's was forgotten since this one's was passed on.
            if (generation <= _generation && (entry is null || entry.ObtainedAt < _current?.ObtainedAt))
                return;
            if (isStale)
                entry?.MakeStale();
            (_current, _generation) = (entry, generation);
        }
    }

    // The fetch to wait for, the one under way or a new one that plan makes; null where outcome makes one unnecessary, or impossible.
    // plan: Takes the time, the wait before it may be sent, and whether it is due.
    public FetchPlan? Decide(FetchReason reason, TokenEntry? rejected, Origin? origin, Func<long, long, bool, FetchPlan> plan, out FetchOutcome outcome)
    {
        lock (_gate)
        {
            var now = clock.Now;
            var current = _current;
            if (reason == FetchReason.Rejected && current?.Token.Value != rejected!.Token.Value)
            {
                // Superseded before its time was up: the new token revoked it.
                _revokesPrevious |= current is not null && now < rejected.ExpiresAt;
                reason = FetchReason.Missing;
            }

            if (reason == FetchReason.Stale && (current is null || now >= current.ReplaceAt))
                reason = FetchReason.Missing;

            outcome = new FetchOutcome(current, null);
            var underWay = _underWay is { IsSent: true } && _underWay.Generation != _generation ? null : _underWay;
            if (current is not null && reason switch
            {
                FetchReason.Stale => now < current.RefreshAt,
                FetchReason.Missing => IsGood(current, underWay, now) && (origin is null || now < current.RefreshAt || !current.WasRejectedBy(origin)),
                _ => false,
            })
                return null;
            if (underWay is not null)
            {
                // It may fail, and until it ends the token is of no use there.
                if (reason == FetchReason.Rejected && !current!.WasRejectedBy(origin!))
                    TryNoteRejected(rejected!, origin!, now);
                return underWay;
            }

            if (reason == FetchReason.Rejected && !TryNoteRejected(rejected!, origin!, now))
            {
                outcome = new FetchOutcome(rejected, null);
                return null;
            }

            // Callers begin to need the token: one attempt is worth it, however long the last ones back off.
            var isDue = reason == FetchReason.Missing && current is { WasLastAttemptMade: false } && now >= current.ExpiresAt;
            if ((_failures.GetRemembered(now, isDue) ?? getOutage(isDue)) is { } failure)
            {
                // Meanwhile nobody needs to ask, and the token is as good as a fresh one.
                outcome = new FetchOutcome(GetServing(now), failure);
                outcome.Entry?.Postpone(now + (long)(failure.RetryAfter?.TotalMilliseconds ?? 0));
                return null;
            }

            _budget.IsContended = _rejections.IsContended(now);
            var wait = _budget.GetWait(now);
            if (reason == FetchReason.Stale && wait > 0 && (origin is null || !current!.WasRejectedBy(origin)))
                return null;
            if (isDue)
                current!.WasLastAttemptMade = true;
            _budget.Spend(now);
            _underWay = plan(now, wait, isDue);
            _underWay.Replaces = current;
            return _underWay;
        }
    }

    // True once, where other instances are seen to compete for the token.
    public bool ShouldWarnOfContest() => _budget.IsContended && Interlocked.Exchange(ref _contestWarned, 1) == 0;

    // Takes a token that no fetch has brought.
    public void Seed(TokenEntry entry)
    {
        lock (_gate)
        {
            _failures.Clear();
            _current = entry;
        }
    }

    // Takes over another instance's token in place of the one that is there, if that still is.
    public void Replace(TokenEntry current, TokenEntry entry)
    {
        lock (_gate)
        {
            if (_current != current)
                return;
            _failures.Clear();
            _current = current.Token.Value == entry.Token.Value ? entry.UntilExpiry(current, clock.Now) : entry;
        }
    }

    // True unless the token has been forgotten since the fetch was sent.
    public bool IsWanted(FetchPlan plan)
    {
        lock (_gate)
            return plan.Generation == _generation;
    }

    public void Begin(FetchPlan plan)
    {
        lock (_gate)
            (plan.IsSent, plan.Generation, plan.Previous) = (true, _generation, _current);
    }

    public FetchOutcome End(FetchPlan plan, TokenEntry? entry, TokenFailure? failure)
    {
        lock (_gate)
        {
            var now = clock.Now;
            _underWay = _underWay == plan ? null : _underWay;
            if (failure is not null)
                return new FetchOutcome(GetServing(now), NoteFailure(plan, failure, now));
            _failures.Clear();

            // Whoever revoked it has shared the next one, which is no contest.
            if (plan.IsFound)
                _rejections.Forgive();
            if (_current != entry && plan.Previous?.Token.Value == entry!.Token.Value)
                entry = entry.UntilExpiry(plan.Previous, now);
            if (plan.Generation == _generation)
                _current = entry;
            return now < entry!.ExpiresAt ? new FetchOutcome(entry, null) : new FetchOutcome(null, ExpiredOnArrival);
        }
    }

    // Ends a fetch that a fault of ours has kept from its end, and from which nothing is to be learnt.
    public FetchOutcome Abandon(FetchPlan plan, TokenFailure failure)
    {
        lock (_gate)
        {
            _underWay = _underWay == plan ? null : _underWay;
            return new FetchOutcome(GetServing(clock.Now), failure);
        }
    }

    // The failure to tell the callers, with the time after which it is worth it to ask again.
    private TokenFailure NoteFailure(FetchPlan plan, TokenFailure failure, long now)
    {
        if (failure.IsOwn)
            _failures.Remember(failure, now);
        else
            _failures.Repeat(failure, now, plan.IsDue);

        // What was known to be refused was not sent: one attempt is still due once that fades.
        if (plan is { IsDue: true, Previous: { } ended } && !failure.WasTried)
            ended.WasLastAttemptMade = false;

        // Whichever holds longer tells: what this token has met with, or what its endpoint has.
        failure = _failures.GetRemembered(now) ?? failure;
        return getOutage(false)?.RetryAfter is { } wait && wait > failure.RetryAfter ? failure with { RetryAfter = wait } : failure;
    }

    private bool TryNoteRejected(TokenEntry rejected, Origin origin, long now)
    {
        // The current one may be another entry of the same token.
        rejected.Settled = _current!.Settled = null;
        if (!_rejections.TryNote(rejected, origin, now))
            return false;
        _current.NoteRejected(origin);
        return true;
    }

    // Whom a fetch has kept waiting since the token was stale, nobody knows how long it still will.
    private static bool IsGood(TokenEntry entry, FetchPlan? underWay, long now) =>
        now < entry.ReplaceAt || (now < entry.ExpiresAt && underWay?.StartedAt < entry.ReplaceAt);

    // A token in its last seconds is better than none.
    private TokenEntry? GetServing(long now) => _current is { } entry && now < entry.ExpiresAt ? entry : null;
}
