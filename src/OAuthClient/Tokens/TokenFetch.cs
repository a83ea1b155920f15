using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>Why a token is asked for.</summary>
internal enum FetchReason
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
internal readonly record struct FetchOutcome(TokenEntry? Entry, TokenFailure? Failure);

/// <summary>One fetch of a token that all who need it share, and that goes on whoever of them gives up.</summary>
/// <param name="promise">What they wait for.</param>
/// <param name="startedAt">When the first of them came.</param>
/// <param name="wait">Milliseconds until it may be sent.</param>
internal sealed class TokenFetch(TaskCompletionSource<FetchOutcome> promise, long startedAt, long wait)
{
    public long StartedAt => startedAt;

    public long Wait => wait;

    /// <summary>True once it asks the server; until then it also serves those who came after the token was forgotten.</summary>
    public bool IsSent { get; set; }

    /// <summary>How often the token had been forgotten when it was sent; what it brings is kept only if that is still so.</summary>
    public int Generation { get; set; }

    /// <summary>True for the attempt that is made when a token has expired, whatever is remembered of failures.</summary>
    public bool IsDue { get; init; }

    /// <summary>How often the refresh token had been taken away when it was sent.</summary>
    public int SignIn { get; set; }

    /// <summary>The token that was current when it was sent.</summary>
    public TokenEntry? Previous { get; set; }

    /// <summary>The refresh token that it uses.</summary>
    public string? RefreshToken { get; set; }

    /// <summary>A fetch that is over before it began.</summary>
    public static TokenFetch Done(TokenEntry? entry, TokenFailure? failure)
    {
        var promise = new TaskCompletionSource<FetchOutcome>();
        promise.SetResult(new FetchOutcome(entry, failure));
        return new TokenFetch(promise, startedAt: 0, wait: 0);
    }

    public void Complete(FetchOutcome outcome) => promise.SetResult(outcome);

    /// <summary>Waits for the outcome. Cancellation ends this wait alone.</summary>
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
