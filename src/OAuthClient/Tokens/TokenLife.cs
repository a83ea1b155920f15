using OAuthClient.Http;
using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>
/// The state of one token and what changes it. None, fresh, stale or expired, as its entry's times tell; beside that at most one fetch
/// under way, the budget for more, and what is remembered of failures and rejections. The current entry is read without a lock;
/// everything that changes state does so under one.
/// </summary>
internal abstract class TokenLife
{
    /// <summary>What a fetch ends with whose token was of no use to anybody.</summary>
    protected static readonly TokenFailure ExpiredOnArrival = new("the token had expired when it arrived. Let the server issue tokens that live longer, or answer faster.", IsTransient: true);

    private readonly object _gate = new();
    private readonly RetryBackOff _failures;
    private readonly AcquisitionBudget _budget;
    private readonly Rejections _rejections;
    private volatile TokenEntry? _current;
    private volatile bool _revokesPrevious;
    private TokenFetch? _fetch;
    private TokenFetch? _before;
    private TokenLife? _successor;
    private string? _refreshToken;
    private bool _mayRotate = true;
    private int _contestLogged;
    private int _generation;
    private int _signIn;

    protected TokenLife(AccessTokenRequest request, TokenEngine engine)
    {
        Request = request;
        Engine = engine;
        _failures = RetryBackOff.ForOutage(engine.Random);
        _budget = new AcquisitionBudget(engine.Random);
        _rejections = new Rejections(engine.Random);
        _refreshToken = request.InitialRefreshToken;
    }

    public AccessTokenRequest Request { get; private set; }

    protected TokenEngine Engine { get; }

    protected TokenEntry? Current => _current;

    /// <summary>True where a new token is known to revoke the one before.</summary>
    public bool RevokesPrevious => _revokesPrevious;

    /// <summary>True where an answer other than 401 has something to tell.</summary>
    public bool IsNews(TokenEntry entry, Origin origin) => entry.Settled != origin && (_rejections.IsRejecting(origin) || !entry.WasAcceptedBy(origin));

    /// <summary>Notes that an API answered other than 401.</summary>
    public void NoteAccepted(TokenEntry entry, Origin origin)
    {
        lock (_gate)
        {
            entry.NoteAccepted(origin);
            _rejections.NoteAccepted(origin, Engine.Clock.Now);
            entry.Settle(origin);
        }
    }

    /// <summary>Forgets the access token and returns it. What a fetch that has been sent brings is not kept.</summary>
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

    /// <summary>Forgets the refresh token and returns it.</summary>
    public string? TakeRefreshToken()
    {
        lock (_gate)
        {
            var refreshToken = _refreshToken;
            _refreshToken = null;
            _signIn++;
            return refreshToken;
        }
    }

    /// <summary>
    /// Takes over the tokens of a source that asked with other credentials, to serve until there are new ones. The refresh token belongs to
    /// server, client and user, whatever the credentials: what a fetch under way makes of it is waited for.
    /// </summary>
    public void Adopt(TokenLife other)
    {
        TokenEntry? entry;
        string? refreshToken;
        TokenFetch? underWay;
        lock (other._gate)
        {
            (entry, refreshToken, underWay) = (other._current, other._refreshToken, other._fetch);
            other._successor = this;
        }

        lock (_gate)
        {
            if (_fetch is not null)
                return;

            // Also where this one has tokens of its own, from before the credentials were changed and changed back: the other's is the later.
            _refreshToken = refreshToken ?? _refreshToken;
            _before = underWay;
            if (_current is not null)
                return;
            entry?.MakeStale();
            _current = entry;
        }
    }

    /// <summary>Takes over changed settings of its client that make no difference to the key, such as time-outs and client authentication.</summary>
    public void Renew(AccessTokenRequest request)
    {
        if (request.Client.Name == Request.Client.Name)
            Request = request;
    }

    /// <summary>The fetch under way, or a new one, or what makes one unnecessary or impossible.</summary>
    protected TokenFetch Fetch(FetchReason reason, TokenEntry? rejected, Origin? origin, bool async)
    {
        TokenFetch fetch;
        TokenFetch? forgotten;
        bool isContended;
        lock (_gate)
        {
            var now = Engine.Clock.Now;
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
                FetchReason.Missing => IsGood(current, underWay, now) && (underWay is null || origin is null || !current.WasRejectedBy(origin)),
                _ => false,
            })
                return TokenFetch.Done(current, null);
            if (underWay is not null)
                return underWay;
            if (reason == FetchReason.Rejected && !NoteRejection(rejected!, origin!, now))
                return TokenFetch.Done(rejected, null);
            // Callers begin to need the token: one attempt is worth it, however long the last ones back off.
            var isDue = reason == FetchReason.Missing && current is { WasLastAttemptMade: false } && now >= current.ExpiresAt;
            if ((_failures.GetRemembered(now, isDue) ?? Engine.Acquirer.GetOutage(Request.Client, isDue)) is { } failure)
            {
                // Meanwhile nobody needs to ask, and the token is as good as a fresh one.
                if (Serving(now) is { } serving)
                    serving.Postpone(now + (long)(failure.RetryAfter?.TotalMilliseconds ?? 0));
                return TokenFetch.Done(Serving(now), failure);
            }

            if (isDue)
                current!.WasLastAttemptMade = true;


            _budget.IsContended = isContended = _rejections.IsContended(now);
            var wait = _budget.GetWait(now);
            if (reason == FetchReason.Stale && wait > 0)
                return TokenFetch.Done(current, null);
            _budget.Spend(now);
            forgotten = _fetch ?? _before;
            _before = null;
            _fetch = fetch = new TokenFetch(Engine.Scheduler.CreatePromise<FetchOutcome>(), now, wait) { IsDue = isDue };
        }

        if (isContended && Interlocked.Exchange(ref _contestLogged, 1) == 0)
            Engine.LogContest(Request.Client);
        try
        {
            Engine.Scheduler.Run(isAsync => RunAsync(fetch, forgotten, isAsync), async);
        }
        catch (Exception exception)
        {
            // No thread was to be had. Whoever waits for this fetch must not wait for ever.
            fetch.Complete(Publish(fetch, new Acquisition(null, Unexpected(exception), fetch.RefreshToken)));
        }

        return fetch;
    }

    private async Task RunAsync(TokenFetch fetch, TokenFetch? forgotten, bool async)
    {
        Acquisition acquired;
        try
        {
            if (forgotten is not null)
                await forgotten.JoinAsync(async, CancellationToken.None).ConfigureAwait(false);
            await Engine.Clock.DelayAsync(fetch.Wait, async).ConfigureAwait(false);
            var request = Request;
            bool mayRotate;
            lock (_gate)
            {
                (fetch.IsSent, fetch.Generation, fetch.Previous, fetch.SignIn) = (true, _generation, _current, _signIn);
                fetch.RefreshToken = request.Client.Grant is { UsesRefreshTokens: false } ? null : _refreshToken;
                mayRotate = _mayRotate;
            }

            acquired = await Engine.Acquirer.AcquireAsync(request, fetch.RefreshToken, mayRotate, fetch.IsDue, async).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Nobody would ever see a bug that surfaced here; the callers do.
            acquired = new Acquisition(null, Unexpected(exception), fetch.RefreshToken);
        }

        var outcome = Publish(fetch, acquired);
        _successor?.Inherit(fetch.RefreshToken, acquired.RefreshToken);
        fetch.Complete(outcome);
    }

    /// <summary>Takes over what the source before it has made of the refresh token that both knew.</summary>
    private void Inherit(string? known, string? refreshToken)
    {
        lock (_gate)
        {
            if (_refreshToken == known)
                _refreshToken = refreshToken;
        }
    }

    private FetchOutcome Publish(TokenFetch fetch, Acquisition acquired)
    {
        lock (_gate)
        {
            var now = Engine.Clock.Now;
            if (_fetch == fetch)
                _fetch = null;

            // Kept even where the access token is no longer wanted: the one before may be used up.
            if (_refreshToken == fetch.RefreshToken && (!fetch.IsSent || _signIn == fetch.SignIn))
                _refreshToken = acquired.RefreshToken;
            if (acquired.Entry is not null && fetch.RefreshToken is not null)
                _mayRotate = acquired.RefreshToken != fetch.RefreshToken;

            if (acquired is { Failure: { } failure })
            {
                if (failure is { WasSent: true, IsKept: false })
                    _failures.Remember(failure, now);
                else
                    _failures.Repeat(failure, now);
                return new FetchOutcome(Serving(now), _failures.GetRemembered(now) ?? failure);
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

    private static TokenFailure Unexpected(Exception exception) =>
        new($"the token request failed with {exception.GetType().Name}; the inner exception tells more.", Cause: exception);

    private bool NoteRejection(TokenEntry rejected, Origin origin, long now)
    {
        // The current one may be another entry of the same token.
        rejected.Settle(null);
        _current!.Settle(null);
        return _rejections.TryNote(rejected, origin, now);
    }

    // Whom a fetch has kept waiting since the token was stale, nobody knows how long it still will.
    private static bool IsGood(TokenEntry entry, TokenFetch? underWay, long now) =>
        now < entry.ReplaceAt || (now < entry.ExpiresAt && underWay?.StartedAt < entry.ReplaceAt);

    // A token in its last seconds is better than none.
    private TokenEntry? Serving(long now) => _current is { } entry && now < entry.ExpiresAt ? entry : null;
}
