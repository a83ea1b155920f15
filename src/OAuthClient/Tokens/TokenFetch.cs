namespace OAuthClient.Tokens;

// One fetch of a token that all who need it share, and that goes on whoever of them gives up.
internal sealed class TokenFetch(TaskCompletionSource<FetchOutcome> promise, long startedAt, long wait, bool isDue) : FetchPlan(startedAt, wait, isDue)
{
    public TokenFetch? Before { get; set; } // The fetch that has to end before this one is sent.

    public void Complete(FetchOutcome outcome) => promise.SetResult(outcome);

    public ValueTask<FetchOutcome> JoinAsync(bool async, CancellationToken cancellationToken)
    {
        var outcome = promise.Task;
        if (!async)
            outcome.Wait(cancellationToken);

        // A task of its own for each who waits, so that all of them run in place where the promise lets them.
        return outcome.IsCompleted
            ? new(outcome.Result)
            : new(outcome.ContinueWith(static done => done.Result, cancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));
    }
}
