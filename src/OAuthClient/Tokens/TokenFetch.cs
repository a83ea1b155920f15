using System.Diagnostics;

namespace OAuthClient.Tokens;

// One fetch of a token that all who need it share, and that goes on whoever of them gives up.
internal sealed class TokenFetch(TaskCompletionSource<FetchOutcome> promise, long startedAt, long wait, bool isDue) : FetchPlan(startedAt, wait, isDue)
{
    private const int MaxCallers = 100; // That a trace links to.

    private ConcurrentQueue<ActivityContext>? _callers;
    private Activity? _activity;

    public TokenFetch? Before { get; set; } // The fetch that has to end before this one is sent.

    // Has the trace of the fetch lead to what needs it: on .NET 8 to those alone who come before it begins.
    public void NoteCaller()
    {
        if (!Telemetry.SeesFetches || Activity.Current is not { } caller)
            return;
        var callers = _callers ?? Interlocked.CompareExchange(ref _callers, new(), null) ?? _callers;
        if (callers.Count < MaxCallers)
            callers.Enqueue(caller.Context);
    }

    public void StartTrace(ClientSettings client)
    {
        if (Telemetry.SeesFetches)
            _activity = Telemetry.StartFetch(client.TelemetryName, client.GrantType, SafeText.ToWords(Reason.ToString()), TakeCallers());
    }

    public void EndTrace(ClientSettings client, TokenFailure? failure) =>
        Telemetry.EndFetch(_activity, client.TelemetryName, isRefresh: Reason == FetchReason.Stale, IsFound, failure is null ? null : (failure.ErrorType, failure.Message), TakeCallers());

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

    private IEnumerable<ActivityContext> TakeCallers()
    {
        while (_callers is { } callers && callers.TryDequeue(out var caller))
            yield return caller;
    }
}
