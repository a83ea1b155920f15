namespace OAuthClient.Tokens;

// Why a token is asked for.
internal enum FetchReason
{
    Stale, // The current one is stale; nobody waits.
    Missing, // There is none, or it has expired.
    Rejected, // An API rejected it.
    Forced, // The caller wants a new one whatever there is.
}

// What a fetch ended with: a token, or why there is none, or both where an old one still serves.
internal readonly record struct FetchOutcome(TokenEntry? Entry, TokenFailure? Failure);

// One fetch of a token that all who need it share, and that goes on whoever of them gives up.
internal sealed class TokenFetch(TaskCompletionSource<FetchOutcome> promise, long startedAt, long wait)
{
    public long StartedAt => startedAt;
    public long Wait => wait;

    // The fetch that has to end before this one is sent.
    public TokenFetch? Before { get; set; }

    // True for the attempt that is made when a token has expired, whatever is remembered of failures.
    public bool IsDue { get; init; }

    // True once it asks the server; until then it also serves those who came after the token was forgotten.
    public bool IsSent { get; set; }

    // How often the token had been forgotten when it was sent; what it brings is kept only if that is still so.
    public int Generation { get; set; }

    // The token that was current when it was sent.
    public TokenEntry? Previous { get; set; }

    // A fetch that is over before it began.
    public static TokenFetch Done(TokenEntry? entry, TokenFailure? failure)
    {
        var promise = new TaskCompletionSource<FetchOutcome>();
        promise.SetResult(new FetchOutcome(entry, failure));
        return new TokenFetch(promise, startedAt: 0, wait: 0);
    }

    public void Complete(FetchOutcome outcome) => promise.SetResult(outcome);

    // Waits for the outcome. Cancellation ends this wait alone.
    public async ValueTask<FetchOutcome> JoinAsync(bool async, CancellationToken cancellationToken)
    {
        var outcome = promise.Task;
        if (!async)
            outcome.Wait(cancellationToken);

        // A task of its own for each who waits, so that all of them run in place where the promise lets them.
        return outcome.IsCompleted
            ? outcome.Result
            : await outcome.ContinueWith(static done => done.Result, cancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
    }
}
