namespace OAuthClient.Runtime;

// Runs shared work outside of the call that happened to start it: without its execution context, never on its thread, and on none of the
// pool's where the caller is synchronous, since its own may be the last free one. A simulation runs everything in place instead.
internal sealed class WorkScheduler(bool inPlace = false)
{
    private readonly object _gate = new();
    private int _running;
    private Action? _whenIdle;

    public void Run(Func<bool, Task> work, bool async)
    {
        lock (_gate)
            _running++;
        try
        {
            if (inPlace)
                Begin(work, true);
            else if (async)
                ThreadPool.UnsafeQueueUserWorkItem(static state => state.Self.Begin(state.Work, true), (Self: this, Work: work), preferLocal: false);
            else
                new Thread(() => Begin(work, false)) { IsBackground = true, Name = "OAuth2 token request" }.UnsafeStart();
        }
        catch
        {
            End();
            throw;
        }
    }

    // Does something once, now or when the work that has been started is done: a refresh token that was sent must not be lost.
    public void RunWhenIdle(Action action)
    {
        lock (_gate)
        {
            if (_running > 0)
            {
                _whenIdle += action;
                return;
            }
        }

        action();
    }

    // A promise to all who wait; none of them runs on the thread that keeps it.
    public TaskCompletionSource<T> CreatePromise<T>() =>
        new(inPlace ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    private void Begin(Func<bool, Task> work, bool async) =>
        work(async).ContinueWith(static (_, self) => ((WorkScheduler)self!).End(), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private void End()
    {
        Action? whenIdle = null;
        lock (_gate)
        {
            if (--_running == 0)
                (whenIdle, _whenIdle) = (_whenIdle, null);
        }

        whenIdle?.Invoke();
    }
}
