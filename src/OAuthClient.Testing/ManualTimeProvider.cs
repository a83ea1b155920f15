using OAuthClient.Testing.Time;

namespace OAuthClient.Testing;

/// <summary>
/// A clock that stands still until a test moves it. <see cref="Advance"/> moves wall clock and monotonic clock together and fires the
/// timers that fall due, in order; <see cref="JumpWallClock"/> moves the wall clock alone. Safe for use by several threads.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    /// <summary>Well above zero, as on a machine that has been up for a while: zero would hide code that takes it for "never".</summary>
    private static readonly long _firstTimestamp = TimeSpan.FromDays(1).Ticks;

    private readonly object _gate = new();
    private readonly SortedSet<ManualTimer> _scheduled = new(ManualTimer.ByDueTime);
    private readonly DateTimeOffset _start;
    private TimeSpan _elapsed;
    private TimeSpan _target;
    private TimeSpan _jumped;
    private long _sequence;

    /// <summary>Makes a clock that stands still.</summary>
    /// <param name="start">Where the wall clock stands; <see langword="null"/> means 2030-01-01T00:00:00Z.</param>
    public ManualTimeProvider(DateTimeOffset? start = null) =>
        _start = (start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)).ToUniversalTime();

    /// <summary>Ticks of 100 ns, so that timestamps lose nothing of a <see cref="TimeSpan"/>.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Always UTC, so that tests do not depend on where they run.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are waiting to fire.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_gate)
                return _scheduled.Count;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _start + _elapsed + _jumped;
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate)
            return _firstTimestamp + _elapsed.Ticks;
    }

    /// <summary>
    /// Lets time pass. Each timer that falls due fires on this thread, at its own due time and in order; a periodic timer fires once for each period.
    /// </summary>
    /// <param name="duration">How much time passes; zero fires what is due already.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is negative.</exception>
    public void Advance(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        TimeSpan target;
        lock (_gate)
            target = _target += duration;
        while (TakeDue(target) is { } timer)
            timer.Fire();
    }

    /// <summary>Moves the wall clock alone, forward or back, as a time correction or a suspended machine does; timestamps and timers notice nothing.</summary>
    /// <param name="offset">How far the wall clock jumps.</param>
    public void JumpWallClock(TimeSpan offset)
    {
        lock (_gate)
            _jumped += offset;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Takes a timer off the schedule, and puts it back on if it is to fire later.</summary>
    internal bool Schedule(ManualTimer timer, TimeSpan? dueTime, TimeSpan? period, bool dispose)
    {
        lock (_gate)
        {
            if (timer.Disposed)
                return false;
            _scheduled.Remove(timer);
            timer.Disposed = dispose;
            timer.Period = period;
            if (dueTime is { } due)
                Insert(timer, _elapsed + due);
            return true;
        }
    }

    internal bool IsDisposed(ManualTimer timer)
    {
        lock (_gate)
            return timer.Disposed;
    }

    private ManualTimer? TakeDue(TimeSpan target)
    {
        lock (_gate)
        {
            if (_scheduled.Min is not { } timer || timer.DueAt > target)
            {
                _elapsed = TimeSpan.FromTicks(Math.Max(_elapsed.Ticks, target.Ticks));
                return null;
            }

            _scheduled.Remove(timer);
            _elapsed = TimeSpan.FromTicks(Math.Max(_elapsed.Ticks, timer.DueAt.Ticks));
            if (timer.Period is { } period)
                Insert(timer, timer.DueAt + period);
            return timer;
        }
    }

    private void Insert(ManualTimer timer, TimeSpan dueAt)
    {
        (timer.DueAt, timer.Sequence) = (dueAt, ++_sequence);
        _scheduled.Add(timer);
    }
}
