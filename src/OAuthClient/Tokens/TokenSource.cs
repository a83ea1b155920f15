using System.Diagnostics.CodeAnalysis;
using OAuthClient.Http;
using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>
/// The life of one token: who may use it, when it is replaced, and that only one request for it is under way at a time.
/// Reading the current token takes no lock; everything that changes state does so under one.
/// </summary>
internal sealed class TokenSource
{
    /// <summary>How many milliseconds a caller may wait for its turn to ask the server.</summary>
    public const long LongestWait = 5_000;

    private readonly object _gate = new();
    private readonly TokenEngine _engine;
    private readonly RetryBackOff _failures;
    private readonly AcquisitionBudget _budget;
    private readonly Rejections _rejections = new();
    private volatile TokenEntry? _current;
    private volatile bool _revokesPrevious;
    private Task<Outcome>? _fetch;
    private string? _refreshToken;
    private bool _mayRotate = true;
    private bool _contestLogged;
    private int _generation;
    private int _fetchGeneration;

    public TokenSource(AccessTokenRequest request, TokenEngine engine)
    {
        Request = request;
        _engine = engine;
        _failures = RetryBackOff.ForOutage(engine.Random);
        _budget = new AcquisitionBudget(engine.Random);
        _refreshToken = request.InitialRefreshToken;
    }

    /// <summary>Why a token is asked for.</summary>
    private enum Reason
    {
        /// <summary>The current one is stale; nobody waits.</summary>
        Stale,

        /// <summary>There is none, or it has expired.</summary>
        Missing,

        /// <summary>An API rejected it.</summary>
        Rejected,

        /// <summary>The caller wants a new one whatever there is.</summary>
        Forced,
    }

    /// <summary>What a fetch ended with: a token, or why there is none, or both where an old one still serves.</summary>
    private readonly record struct Outcome(TokenEntry? Entry, TokenFailure? Failure);

    public AccessTokenRequest Request { get; private set; }

    /// <summary>True where a new token is known to revoke the one before.</summary>
    public bool RevokesPrevious => _revokesPrevious;

    /// <summary>The token where no caller needs to do anything about it; nothing is locked or allocated.</summary>
    public bool TryGetFresh([NotNullWhen(true)] out TokenEntry? entry)
    {
        entry = _current;
        return entry is not null && _engine.Clock.Now < entry.RefreshAt;
    }

    /// <summary>
    /// The token: at once while it is fresh or stale, else once the one fetch under way has brought it. One that <paramref name="origin"/>
    /// has rejected since it took it is waited for too, while its replacement is under way.
    /// </summary>
    /// <param name="origin">Whom the token is for; null: unknown.</param>
    /// <param name="patient">True for a call that would be lost if its token were revoked under way.</param>
    /// <param name="clientName">Whom the caller knows.</param>
    /// <param name="async">False where the caller is synchronous.</param>
    /// <param name="cancellationToken">Ends the caller's wait.</param>
    public ValueTask<TokenEntry> GetAsync(Origin? origin, bool patient, string clientName, bool async, CancellationToken cancellationToken)
    {
        var now = _engine.Clock.Now;
        var entry = _current;
        if (entry is null || now >= entry.ReplaceAt)
            return WaitAsync(Fetch(Reason.Missing, null, null, async), clientName, async, cancellationToken);
        if (now < entry.RefreshAt)
            return new ValueTask<TokenEntry>(entry);

        var fetch = Fetch(Reason.Stale, null, null, async);
        var mustWait = (origin is not null && entry.WasRejectedBy(origin)) || (patient && _revokesPrevious);
        return mustWait && !fetch.IsCompleted
            ? WaitAsync(fetch, clientName, async, cancellationToken)
            : new ValueTask<TokenEntry>(entry);
    }

    /// <summary>
    /// A token other than <paramref name="rejected"/>, which <paramref name="origin"/> has answered 401: the current one where it is another
    /// already, else a new one that all who were rejected share; or why there is no other.
    /// </summary>
    public async ValueTask<(TokenEntry? Entry, string? Obstacle)> ReplaceAsync(TokenEntry rejected, Origin origin, bool async, CancellationToken cancellationToken)
    {
        var (entry, failure) = await JoinAsync(Fetch(Reason.Rejected, rejected, origin, async), async, cancellationToken).ConfigureAwait(false);
        return entry is not null && entry.Token.Value != rejected.Token.Value
            ? (entry, null)
            : (null, failure?.Message ?? (ReferenceEquals(entry, rejected) ? "it rejected the token before it, too, so another is not asked for yet" : "the server issued the same token again"));
    }

    /// <summary>The same where nobody can make use of a new token right now, but those that come can.</summary>
    public void Reject(TokenEntry rejected, Origin origin, bool async) => _ = Fetch(Reason.Rejected, rejected, origin, async);

    /// <summary>Asks for a new token whatever the cached one's age; a fetch under way already is joined.</summary>
    public async ValueTask<TokenEntry> ForceAsync(string clientName, bool async, CancellationToken cancellationToken)
    {
        var (entry, failure) = await JoinAsync(Fetch(Reason.Forced, null, null, async), async, cancellationToken).ConfigureAwait(false);
        return failure is null ? entry! : throw failure.ToException(clientName);
    }

    /// <summary>True where an answer other than 401 has something to tell.</summary>
    public bool IsNews(TokenEntry entry, Origin origin) => _rejections.IsRejecting(origin) || !entry.WasAcceptedBy(origin);

    /// <summary>Notes that an API answered other than 401.</summary>
    public void NoteAccepted(TokenEntry entry, Origin origin)
    {
        lock (_gate)
        {
            entry.NoteAccepted(origin);
            _rejections.NoteAccepted(origin);
        }
    }

    /// <summary>Forgets the access token and returns it. What a fetch under way brings is not kept.</summary>
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
            return refreshToken;
        }
    }

    /// <summary>Takes over the tokens of a source that asked with other credentials, to serve until there are new ones.</summary>
    public void Adopt(TokenSource other)
    {
        TokenEntry? entry;
        string? refreshToken;
        lock (other._gate)
            (entry, refreshToken) = (other._current, other._refreshToken);
        lock (_gate)
        {
            if (_current is not null || entry is null)
                return;
            entry.MakeStale();
            _current = entry;
            _refreshToken ??= refreshToken;
        }
    }

    /// <summary>Takes over changed settings of its client that make no difference to the key, such as time-outs and client authentication.</summary>
    public void Renew(AccessTokenRequest request)
    {
        if (request.Client.Name == Request.Client.Name)
            Request = request;
    }

    /// <summary>The fetch under way, or a new one, or at once what makes one unnecessary or impossible.</summary>
    private Task<Outcome> Fetch(Reason reason, TokenEntry? rejected, Origin? origin, bool async)
    {
        TaskCompletionSource<Outcome> promise;
        Task<Outcome>? forgotten;
        TokenEntry? previous;
        long wait;
        int generation;
        lock (_gate)
        {
            var now = _engine.Clock.Now;
            previous = _current;
            if (reason == Reason.Rejected && previous is not null && previous.Token.Value != rejected!.Token.Value)
            {
                // Superseded before its time was up: the new token revoked it.
                _revokesPrevious |= now < rejected.ExpiresAt;
                if (_fetch is null || !previous.WasRejectedBy(origin!))
                    return Done(previous, null);
            }

            if (_fetch is not null && _fetchGeneration == _generation)
                return _fetch;
            if (previous is not null && reason switch { Reason.Stale => now < previous.RefreshAt, Reason.Missing => now < previous.ReplaceAt, _ => false })
                return Done(previous, null);
            if (reason == Reason.Rejected && !NoteRejection(rejected!, origin!, now))
                return Done(rejected, null);
            if ((_failures.GetRemembered(now) ?? _engine.Acquirer.GetOutage(Request.Client)) is { } failure)
                return Done(Serving(previous, now), failure);

            _budget.IsContended = _rejections.IsContended(now);
            wait = _budget.GetWait(now);
            if (reason == Reason.Stale && wait > 0)
                return Done(previous, null);
            if (wait > LongestWait)
                return Done(Serving(previous, now), new TokenFailure($"its token has been asked for so often that the next request would have to wait for {wait / 1000} s.", IsTransient: true, RetryAfter: TimeSpan.FromMilliseconds(wait)));
            _budget.Spend(now);
            promise = _engine.Scheduler.CreatePromise<Outcome>();
            forgotten = _fetch;
            _fetch = promise.Task;
            _fetchGeneration = generation = _generation;
        }

        _engine.Scheduler.Run(isAsync => FetchAsync(promise, forgotten, previous, wait, generation, isAsync), async);
        return promise.Task;
    }

    private async Task FetchAsync(TaskCompletionSource<Outcome> promise, Task<Outcome>? forgotten, TokenEntry? previous, long wait, int generation, bool async)
    {
        if (forgotten is not null)
            await JoinAsync(forgotten, async, CancellationToken.None).ConfigureAwait(false);
        Acquisition acquired;
        string? refreshToken = null;
        try
        {
            await _engine.Clock.DelayAsync(wait, async).ConfigureAwait(false);
            var request = Request;
            bool mayRotate;
            lock (_gate)
                (refreshToken, mayRotate) = (request.Client.Grant is { UsesRefreshTokens: false } ? null : _refreshToken, _mayRotate);
            acquired = await _engine.Acquirer.AcquireAsync(request, refreshToken, mayRotate, async).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Nobody would ever see a bug that surfaced here; the callers do.
            acquired = new Acquisition(null, new TokenFailure($"the token request failed with {exception.GetType().Name}; the inner exception tells more.", Cause: exception), refreshToken);
        }

        promise.SetResult(Publish(promise.Task, acquired, refreshToken, previous, generation));
    }

    private Outcome Publish(Task fetch, Acquisition acquired, string? usedRefreshToken, TokenEntry? previous, int generation)
    {
        lock (_gate)
        {
            var now = _engine.Clock.Now;
            var isCurrent = generation == _generation;
            if (_fetch == fetch)
                _fetch = null;

            // Kept even where the access token is no longer wanted: the one before may be used up.
            if (_refreshToken == usedRefreshToken)
                _refreshToken = acquired.RefreshToken;
            if (acquired.Entry is not null && usedRefreshToken is not null)
                _mayRotate = acquired.RefreshToken != usedRefreshToken;

            if (acquired.Entry is not { } entry)
            {
                var failure = acquired.Failure!;
                if (failure.WasSent)
                    _failures.Remember(failure, now);
                else
                    _failures.Repeat(failure, now);
                return new Outcome(Serving(isCurrent ? _current : null, now), _failures.GetRemembered(now) ?? failure);
            }

            _failures.Clear();
            if (previous is not null && entry.Token.Value == previous.Token.Value)
                entry = entry.UntilExpiry(previous);
            if (isCurrent)
                _current = entry;
            return new Outcome(entry, null);
        }
    }

    private bool NoteRejection(TokenEntry rejected, Origin origin, long now)
    {
        var helps = _rejections.TryNote(rejected, origin, now);
        if (!_contestLogged && _rejections.IsContended(now))
        {
            _contestLogged = true;
            _engine.LogContest(Request.Client);
        }

        return helps;
    }

    // A token in its last seconds is better than none.
    private static TokenEntry? Serving(TokenEntry? entry, long now) => entry is not null && now < entry.ExpiresAt ? entry : null;

    private static Task<Outcome> Done(TokenEntry? entry, TokenFailure? failure) => Task.FromResult(new Outcome(entry, failure));

    private static async ValueTask<TokenEntry> WaitAsync(Task<Outcome> fetch, string clientName, bool async, CancellationToken cancellationToken)
    {
        var (entry, failure) = await JoinAsync(fetch, async, cancellationToken).ConfigureAwait(false);
        return entry ?? throw failure!.ToException(clientName);
    }

    private static async ValueTask<Outcome> JoinAsync(Task<Outcome> fetch, bool async, CancellationToken cancellationToken)
    {
        if (!async)
            fetch.Wait(cancellationToken);
        return await fetch.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
