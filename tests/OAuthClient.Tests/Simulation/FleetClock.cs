using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>The fleet's clock as one instance sees it: its wall clock is off, and once its process is dead no timer of it goes off.</summary>
internal sealed class FleetClock(ManualTimeProvider clock, TimeSpan skew) : TimeProvider
{
    private InstanceTimer? _delay;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public bool IsDead { get; set; }

    /// <summary>True while the delays that begin are those of an instance that waits for another's fetch.</summary>
    public Func<bool>? IsWaiting { get; set; }

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + skew;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new InstanceTimer(this, callback, state);
        if (state is Task && IsWaiting?.Invoke() == true)
            _delay = timer;
        return clock.CreateTimer(static timer => ((InstanceTimer)timer!).Fire(), timer, dueTime, period);
    }

    /// <summary>
    /// Ends the delay of who waits for another's fetch, as the engine does when it is told of a change; here in place, where a cancelled
    /// delay goes on on the pool.
    /// </summary>
    public void EndWait() => _delay?.Fire();

    private sealed class InstanceTimer(FleetClock owner, TimerCallback callback, object? state)
    {
        public void Fire()
        {
            if (owner._delay == this)
                owner._delay = null;
            if (!owner.IsDead)
                callback(state);
        }
    }
}
