namespace OAuthClient.Tokens;

// One token as its callers see it: those who come while it is fresh or stale never wait; the others share one fetch, each for as long as it likes.
// What is to be done its state decides; the waiting and the asking are done here.
internal sealed class TokenSource(TokenSpec request, TokenEngine engine, RefreshTokenSlot slot)
{
    private volatile RefreshTokenSlot _slot = slot;
    private SharedToken? _shared; // Null where no other instance gets this token.
    private SignInTurn? _signIn;

    public TokenSpec Request => request;
    public TokenState State { get; } = new(engine.Clock, engine.Random, isDue => engine.Acquirer.GetOutage(request.Client, isDue));
    public SharedToken? Shared => engine.Shared is not { } shared ? null : _shared ?? Interlocked.CompareExchange(ref _shared, shared.Create(request, State), null) ?? _shared;

    // The token where no caller needs to do anything about it, else null; nothing is locked or allocated.
    public TokenEntry? GetFresh(long now) => State.Current is { } entry && now < entry.RefreshAt ? entry : null;

    // The token, and why the last attempt to get one, or to sign in for one, failed, if it did.
    public FetchOutcome GetStatus()
    {
        var status = State.GetStatus();
        return status.Failure is null && _signIn?.GetLastFailure() is { } failure ? status with { Failure = failure } : status;
    }

    // Forgets the access token, here and in the store, and returns it.
    public async ValueTask<OAuth2Token?> InvalidateAsync()
    {
        var token = State.Invalidate();
        if (Shared is { } shared)
            await shared.ForgetAsync(token, async: true).ConfigureAwait(false);
        return token;
    }

    public async ValueTask<string?> TakeRefreshTokenAsync()
    {
        if (Shared is { } shared)
        {
            await shared.LoadRefreshTokenAsync(_slot, async: true).ConfigureAwait(false);
            await shared.ForgetRefreshTokenAsync(async: true).ConfigureAwait(false);
        }

        return _slot.Take();
    }

    // Takes over the tokens of a source that asked with other credentials, to serve until there are new ones, or with other times.
    public void Adopt(TokenSource other)
    {
        // Also where this one has tokens of its own, from before the credentials were changed and changed back: the other's is the later.
        if (other._slot is var slot && !slot.IsEmpty)
            _slot = slot;
        State.Adopt(other.State, isStale: request.GetCredentials() != other.Request.GetCredentials());
    }

    // The token: at once while it is fresh or stale, else once the one fetch under way has brought it. One that the origin, where it is known,
    // has rejected is waited for too, while its replacement is under way.
    // patient: True for a call that would be lost if its token were revoked under way.
    public ValueTask<TokenEntry> GetAsync(Origin? origin, bool patient, ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        var now = engine.Clock.Now;
        var entry = State.Current;
        if (entry is null || now >= entry.ReplaceAt)
            return WaitAsync(FetchReason.Missing, client, async, cancellationToken, origin);
        if (now < entry.RefreshAt)
            return new ValueTask<TokenEntry>(Note(entry, client, Telemetry.Fresh));
        if ((origin is not null && entry.WasRejectedBy(origin)) || (patient && State.RevokesPrevious))
            return WaitAsync(FetchReason.Stale, client, async, cancellationToken, origin);
        if (request.Protocol.SignIn is null || !_slot.IsEmpty)
            _ = Fetch(FetchReason.Stale, null, null, async);
        return new ValueTask<TokenEntry>(Note(entry, client, Telemetry.Stale));
    }

    // A token other than the rejected one: the current one where it is another already, else a new one for all; or why there is no other.
    public async ValueTask<(TokenEntry? Entry, string? Obstacle)> ReplaceAsync(TokenEntry rejected, Origin origin, bool async, CancellationToken cancellationToken)
    {
        var (entry, failure) = await JoinAsync(FetchReason.Rejected, rejected, origin, async, cancellationToken).ConfigureAwait(false);
        return entry is not null && entry.Token.Value != rejected.Token.Value && (failure is null || !entry.WasRejectedBy(origin))
            ? (entry, null)
            : (null, failure?.Message ?? (ReferenceEquals(entry, rejected) ? "it rejected the token before it, too, so another is not asked for yet" : "the server issued the same token again"));
    }

    // The same where nobody can make use of a new token right now, but those that come can.
    public void Reject(TokenEntry rejected, Origin origin, bool async) => _ = Fetch(FetchReason.Rejected, rejected, origin, async);

    public async ValueTask<TokenEntry> ForceAsync(ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        if (request.Protocol.SignIn is not null && _slot.IsEmpty)
        {
            await SignInAsync(client, async, cancellationToken).ConfigureAwait(false);
            return await WaitAsync(FetchReason.Missing, client, async, cancellationToken).ConfigureAwait(false);
        }

        var (entry, failure) = await JoinAsync(FetchReason.Forced, null, null, async, cancellationToken).ConfigureAwait(false);
        return failure is null ? Note(entry!, client, Telemetry.Waited) : throw failure.ToException(client.Name);
    }

    private async ValueTask<TokenEntry> WaitAsync(FetchReason reason, ClientSettings client, bool async, CancellationToken cancellationToken, Origin? origin = null)
    {
        var end = engine.Clock.Now + (long)client.TransientFailureWait.TotalMilliseconds;
        for (var hasSignedIn = request.Protocol.SignIn is null; ;)
        {
            if (!hasSignedIn && _slot.IsEmpty && !(State.Current is { } current && engine.Clock.Now < current.ReplaceAt && (origin is null || !current.WasRejectedBy(origin))))
            {
                hasSignedIn = true;
                if (Shared is not { } shared || !await shared.LoadAsync(_slot, async).ConfigureAwait(false))
                    await SignInAsync(client, async, cancellationToken).ConfigureAwait(false);
            }

            var (entry, failure) = await JoinAsync(reason, null, origin, async, cancellationToken).ConfigureAwait(false);

            // One that this origin has rejected is none for it.
            if (entry is not null && (failure is null || origin is null || !entry.WasRejectedBy(origin)))
                return Note(entry, client, Telemetry.Waited);
            if (!hasSignedIn && _slot.IsEmpty)
                continue;
            var left = end - engine.Clock.Now;
            if (left <= 0 || !failure!.IsTransient)
                throw failure!.ToException(client.Name);
            var wait = Math.Clamp((long)(failure.RetryAfter?.TotalMilliseconds ?? 1_000), 1, left);
            await engine.Clock.DelayAsync(wait, async, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask SignInAsync(ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        var signIn = _signIn ?? Interlocked.CompareExchange(ref _signIn, new SignInTurn(request, engine, SeedAsync), null) ?? _signIn!;
        if (await signIn.JoinAsync(async, cancellationToken).ConfigureAwait(false) is { } failure)
            throw failure.ToException(client.Name);

        async ValueTask SeedAsync(Acquisition acquired, bool async)
        {
            _slot.Write(used: null, _slot.Read().Taken, acquired);
            await engine.Acquirer.HandOverAsync(request, null, acquired.RefreshToken, async).ConfigureAwait(false);
            State.Seed(acquired.Entry!);
            if (Shared is { } shared)
                await shared.PublishAsync(acquired, acquired.Entry, async).ConfigureAwait(false);
        }
    }

    private async ValueTask<FetchOutcome> JoinAsync(FetchReason reason, TokenEntry? rejected, Origin? origin, bool async, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (fetch, outcome) = Fetch(reason, rejected, origin, async);
            if (fetch is not null)
                outcome = await fetch.JoinAsync(async, cancellationToken).ConfigureAwait(false);

            // A server that issues the same token again may do so in its last moment; a machine may sleep while the answer is under way.
            if (outcome!.Failure != TokenState.ExpiredOnArrival || attempt == 3)
                return outcome;
        }
    }

    private (TokenFetch? Fetch, FetchOutcome? Outcome) Fetch(FetchReason reason, TokenEntry? rejected, Origin? origin, bool async)
    {
        TokenFetch? begun = null;
        var fetch = (TokenFetch?)State.Decide(reason, rejected, origin, (now, wait, isDue) => begun = new TokenFetch(engine.Scheduler.CreatePromise<FetchOutcome>(), now, wait, isDue) { Reason = reason }, out var outcome);
        fetch?.NoteCaller();
        if (begun is null)
            return (fetch, outcome);
        if (State.ShouldWarnOfContest())
            Log.TokensContended(engine.Logger, request.Client.Name);
        var slot = _slot;
        begun.Before = slot.Enter(begun);
        try
        {
            engine.Scheduler.Run(isAsync => RunAsync(begun, slot, isAsync), async);
        }
        catch (Exception exception)
        {
            // No thread was to be had. Whoever waits for this fetch must not wait for ever.
            slot.Leave(begun, Abandon(begun, exception));
        }

        return (begun, null);
    }

    private async Task RunAsync(TokenFetch fetch, RefreshTokenSlot slot, bool async)
    {
        FetchOutcome outcome;
        Acquisition? acquired = null;
        SharedTurn? turn = null;
        try
        {
            if (fetch.Before is { } before)
                await before.JoinAsync(async, CancellationToken.None).ConfigureAwait(false);
            fetch.Before = null;
            await engine.Clock.DelayAsync(fetch.Wait, async).ConfigureAwait(false);
            fetch.StartTrace(request.Client);
            State.Begin(fetch);
            if (Shared is { } shared)
                turn = await shared.EnterAsync(fetch, slot, async).ConfigureAwait(false);
            acquired = turn?.Found ?? await AcquireAsync(fetch, slot, async).ConfigureAwait(false);

            // Another instance may have used it up all the same.
            if (turn is { Found: null } && acquired.Failure is { Error: "invalid_grant", WasTried: true } && await Shared!.LoadRefreshTokenAsync(slot, async).ConfigureAwait(false))
                acquired = await AcquireAsync(fetch, slot, async).ConfigureAwait(false);
            if (acquired.Failure is { IsOwn: true })
                engine.Keep(this);
            outcome = State.End(fetch, acquired.Entry, acquired.Failure);
        }
        catch (Exception exception)
        {
            // Nobody would ever see a bug that surfaced here; the callers do.
            outcome = Abandon(fetch, exception);
        }

        try
        {
            // Before the callers go on: a program may end right after its call, and would leave the others nothing but a claim.
            if (turn is { Found: null })
                await Shared!.LeaveAsync(turn, fetch, acquired, outcome.Entry, async).ConfigureAwait(false);
        }
        finally
        {
            fetch.EndTrace(request.Client, outcome.Failure);
            slot.Leave(fetch, outcome);
        }
    }

    private async ValueTask<Acquisition> AcquireAsync(TokenFetch fetch, RefreshTokenSlot slot, bool async)
    {
        var (refreshToken, taken) = slot.Read();
        if (request.Protocol.Grant is { } grant && (!grant.UsesRefreshTokens || (slot.MayRotate && Shared is { IsDown: true })))
            refreshToken = null;
        var acquired = await engine.Acquirer.AcquireAsync(request, refreshToken, slot.MayRotate, fetch.IsDue, fetch.DueSince, async).ConfigureAwait(false);

        // Kept even where the access token is no longer wanted: the one before may be used up.
        slot.Write(refreshToken, taken, acquired);
        await engine.Acquirer.HandOverAsync(request, refreshToken, acquired.RefreshToken, async).ConfigureAwait(false);
        return acquired;
    }

    private TokenEntry Note(TokenEntry entry, ClientSettings client, string state)
    {
        if (Telemetry.SeesTokens)
            Telemetry.NoteToken(client.TelemetryName, state, entry.ExpiresAt - engine.Clock.Now);
        return entry;
    }

    private FetchOutcome Abandon(TokenFetch fetch, Exception exception) =>
        State.Abandon(fetch, new TokenFailure($"the token request failed with {exception.GetType().Name}; the inner exception tells more.", Cause: exception));
}
