using System.Diagnostics.CodeAnalysis;
using OAuthClient.Http;

namespace OAuthClient.Tokens;

/// <summary>
/// One token as its callers see it: those who come while it is fresh or stale never wait; the others share one fetch, each for as long
/// as it likes.
/// </summary>
internal sealed class TokenSource(AccessTokenRequest request, TokenEngine engine) : TokenLife(request, engine)
{
    /// <summary>The token that callers would get now, or null.</summary>
    public string? Peek() => Current is { } entry && Engine.Clock.Now < entry.ReplaceAt ? entry.Token.Value : null;

    /// <summary>The token where no caller needs to do anything about it, else null; nothing is locked or allocated.</summary>
    public TokenEntry? GetFresh(long now) => Current is { } entry && now < entry.RefreshAt ? entry : null;

    /// <summary>
    /// The token: at once while it is fresh or stale, else once the one fetch under way has brought it. One that <paramref name="origin"/>
    /// has rejected is waited for too, while its replacement is under way.
    /// </summary>
    /// <param name="origin">Whom the token is for; null: unknown.</param>
    /// <param name="patient">True for a call that would be lost if its token were revoked under way.</param>
    /// <param name="clientName">Whom the caller knows.</param>
    /// <param name="async">False where the caller is synchronous.</param>
    /// <param name="cancellationToken">Ends the caller's wait.</param>
    public ValueTask<TokenEntry> GetAsync(Origin? origin, bool patient, string clientName, bool async, CancellationToken cancellationToken)
    {
        var now = Engine.Clock.Now;
        var entry = Current;
        if (entry is null || now >= entry.ReplaceAt)
            return WaitAsync(FetchReason.Missing, clientName, async, cancellationToken);
        if (now < entry.RefreshAt)
            return new ValueTask<TokenEntry>(entry);
        if ((origin is not null && entry.WasRejectedBy(origin)) || (patient && RevokesPrevious))
            return WaitAsync(FetchReason.Stale, clientName, async, cancellationToken, origin);
        _ = Fetch(FetchReason.Stale, null, null, async);
        return new ValueTask<TokenEntry>(entry);
    }

    /// <summary>
    /// A token other than <paramref name="rejected"/>, which <paramref name="origin"/> has answered 401: the current one where it is another
    /// already, else a new one that all who were rejected share; or why there is no other.
    /// </summary>
    public async ValueTask<(TokenEntry? Entry, string? Obstacle)> ReplaceAsync(TokenEntry rejected, Origin origin, bool async, CancellationToken cancellationToken)
    {
        var (entry, failure) = await JoinAsync(FetchReason.Rejected, rejected, origin, async, cancellationToken).ConfigureAwait(false);
        return entry is not null && entry.Token.Value != rejected.Token.Value
            ? (entry, null)
            : (null, failure?.Message ?? (ReferenceEquals(entry, rejected) ? "it rejected the token before it, too, so another is not asked for yet" : "the server issued the same token again"));
    }

    /// <summary>The same where nobody can make use of a new token right now, but those that come can.</summary>
    public void Reject(TokenEntry rejected, Origin origin, bool async) => _ = Fetch(FetchReason.Rejected, rejected, origin, async);

    /// <summary>Asks for a new token whatever the cached one's age; a fetch under way already is joined.</summary>
    public async ValueTask<TokenEntry> ForceAsync(string clientName, bool async, CancellationToken cancellationToken)
    {
        var (entry, failure) = await JoinAsync(FetchReason.Forced, null, null, async, cancellationToken).ConfigureAwait(false);
        return failure is null ? entry! : throw failure.ToException(clientName);
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

    private async ValueTask<TokenEntry> WaitAsync(FetchReason reason, string clientName, bool async, CancellationToken cancellationToken, Origin? origin = null)
    {
        var (entry, failure) = await JoinAsync(reason, null, null, async, cancellationToken).ConfigureAwait(false);

        // One that this origin has rejected is none for it.
        return entry is null || (failure is not null && origin is not null && entry.WasRejectedBy(origin)) ? throw failure!.ToException(clientName) : entry;
    }
}
