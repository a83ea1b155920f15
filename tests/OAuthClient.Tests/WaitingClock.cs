using OAuthClient.Testing;

namespace OAuthClient.Tests;

/// <summary>
/// A manual clock as one application sees it: tells whether the application waits for time to pass, which a test must know before it
/// moves the clock. Time-outs, which are longer than any wait of the library, and what is done again and again do not count.
/// </summary>
internal sealed class WaitingClock(ManualTimeProvider clock) : TimeProvider
{
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(6);
    private int _waits;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    /// <summary>How many waits are under way.</summary>
    public int Waits => Volatile.Read(ref _waits);

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= TimeSpan.Zero || dueTime > _longestWait || period > TimeSpan.Zero)
            return clock.CreateTimer(callback, state, dueTime, period);
        var wait = new Wait(this);
        wait.Start(clock.CreateTimer(
            passed =>
            {
                wait.End();
                callback(passed);
            },
            state,
            dueTime,
            period));
        return wait;
    }

    private sealed class Wait(WaitingClock clock) : ITimer
    {
        private const int New = 0;
        private const int Running = 1;
        private const int Over = 2;

        private int _state;
        private ITimer? _timer;

        /// <summary>Counts the wait, now that the clock knows when it ends.</summary>
        public void Start(ITimer timer)
        {
            _timer = timer;
            if (Interlocked.CompareExchange(ref _state, Running, New) == New)
                Interlocked.Increment(ref clock._waits);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer!.Change(dueTime, period);

        public void End()
        {
            if (Interlocked.Exchange(ref _state, Over) == Running)
                Interlocked.Decrement(ref clock._waits);
        }

        public void Dispose()
        {
            End();
            _timer?.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
