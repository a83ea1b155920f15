namespace OAuthClient.Testing.Time;

/// <summary>A timer of a <see cref="ManualTimeProvider"/>, whose lock guards everything here that can change.</summary>
internal sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
{
    public static readonly IComparer<ManualTimer> ByDueTime = Comparer<ManualTimer>.Create(static (a, b) => (a.DueAt, a.Sequence).CompareTo((b.DueAt, b.Sequence)));

    private static readonly ExecutionContext _emptyContext = CaptureEmptyContext();

    private readonly ExecutionContext _context = ExecutionContext.Capture() ?? _emptyContext;

    public TimeSpan DueAt { get; set; }

    /// <summary>Tells timers apart that are due at the same time: who was scheduled first fires first.</summary>
    public long Sequence { get; set; }

    public TimeSpan? Period { get; set; }

    public bool Disposed { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        CheckRange(dueTime, nameof(dueTime));
        CheckRange(period, nameof(period));
        var startsNow = dueTime == TimeSpan.Zero;
        var repeats = period > TimeSpan.Zero;
        // Due at once: as with a system timer, it fires on the pool and never inside this call, where the caller may hold locks.
        var scheduled = clock.Schedule(this, startsNow ? (repeats ? period : null) : NullIfInfinite(dueTime), repeats ? period : null, dispose: false);
        if (scheduled && startsNow)
            ThreadPool.UnsafeQueueUserWorkItem(static timer => timer.FireUnlessDisposed(), this, preferLocal: false);
        return scheduled;
    }

    // As with a system timer, the callback sees what flowed to where the timer was made, and nothing of where time happens to pass.
    public void Fire() => ExecutionContext.Run(_context, static timer => ((ManualTimer)timer!).Invoke(), this);

    public void Dispose() => clock.Schedule(this, dueTime: null, period: null, dispose: true);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Invoke()
    {
        SynchronizationContext.SetSynchronizationContext(null); // Run puts it back.
        callback(state);
    }

    private void FireUnlessDisposed()
    {
        if (!clock.IsDisposed(this))
            Fire();
    }

    private static TimeSpan? NullIfInfinite(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? null : time;

    private static void CheckRange(TimeSpan time, string parameterName)
    {
        var milliseconds = (long)time.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1, parameterName);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, uint.MaxValue - 1, parameterName);
    }

    private static ExecutionContext CaptureEmptyContext()
    {
        ExecutionContext? context = null;
        var thread = new Thread(() => context = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return context!;
    }
}
