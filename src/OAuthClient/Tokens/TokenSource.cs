namespace OAuthClient.Tokens;

// One token as its callers see it: those who come while it is fresh or stale never wait; the others share one fetch, each for as long as it likes.
internal sealed class TokenSource(AccessTokenRequest request, TokenEngine engine, RefreshTokenSlot slot) : TokenLife(request, engine, slot)
{
    // The token where no caller needs to do anything about it, else null; nothing is locked or allocated.
    public TokenEntry? GetFresh(long now) => Current is { } entry && now < entry.RefreshAt ? entry : null;

    // The token: at once while it is fresh or stale, else once the one fetch under way has brought it. One that the origin, where it is known,
    // has rejected is waited for too, while its replacement is under way.
    // patient: True for a call that would be lost if its token were revoked under way.
    public ValueTask<TokenEntry> GetAsync(Origin? origin, bool patient, ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        var now = Engine.Clock.Now;
        var entry = Current;
        if (entry is null || now >= entry.ReplaceAt)
            return WaitAsync(FetchReason.Missing, client, async, cancellationToken, origin);
        if (now < entry.RefreshAt)
            return new ValueTask<TokenEntry>(entry);
        if ((origin is not null && entry.WasRejectedBy(origin)) || (patient && RevokesPrevious))
            return WaitAsync(FetchReason.Stale, client, async, cancellationToken, origin);
        _ = Fetch(FetchReason.Stale, null, null, async);
        return new ValueTask<TokenEntry>(entry);
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

    // Asks for a new token whatever the cached one's age; a fetch under way already is joined.
    public async ValueTask<TokenEntry> ForceAsync(ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        var (entry, failure) = await JoinAsync(FetchReason.Forced, null, null, async, cancellationToken).ConfigureAwait(false);
        return failure is null ? entry! : throw failure.ToException(client.Name);
    }

    private async ValueTask<FetchOutcome> JoinAsync(FetchReason reason, TokenEntry? rejected, Origin? origin, bool async, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var outcome = await Fetch(reason, rejected, origin, async).JoinAsync(async, cancellationToken).ConfigureAwait(false);

            // A server that issues the same token again may do so in its last moment; a machine may sleep while the answer is under way.
            if (outcome.Failure != ExpiredOnArrival || attempt == 3)
                return outcome;
        }
    }

    private async ValueTask<TokenEntry> WaitAsync(FetchReason reason, ClientSettings client, bool async, CancellationToken cancellationToken, Origin? origin = null)
    {
        var end = Engine.Clock.Now + (long)client.TransientFailureWait.TotalMilliseconds;
        while (true)
        {
            var (entry, failure) = await JoinAsync(reason, null, origin, async, cancellationToken).ConfigureAwait(false);

            // One that this origin has rejected is none for it.
            if (entry is not null && (failure is null || origin is null || !entry.WasRejectedBy(origin)))
                return entry;
            var left = end - Engine.Clock.Now;
            if (left <= 0 || !failure!.IsTransient)
                throw failure!.ToException(client.Name);
            var wait = Math.Clamp((long)(failure.RetryAfter?.TotalMilliseconds ?? 1_000), 1, left);
            await Engine.Clock.DelayAsync(wait, async, cancellationToken).ConfigureAwait(false);
        }
    }
}
