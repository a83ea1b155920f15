namespace OAuthClient.Runtime;

// Milliseconds that only go forward, for token lifetimes. Cheap to read: a coarse monotonic clock. That clock stands still while a machine is
// suspended, so once a second the wall clock is looked at too, and a jump forward counts as time that passed.
internal sealed class SteadyClock
{
    private const long CheckInterval = 1_000;
    private const long Tolerance = 500;
    private readonly TimeProvider? _provider; // Null for the system's clock, which is read without a virtual call.
    private readonly TimeProvider _wallClock;
    private readonly long _start;
    private long _lead; // The wall clock's lead over the monotonic clock, and how much of it counts as time that passed.
    private long _skipped;
    private long _nextCheck = long.MinValue;

    public SteadyClock(TimeProvider timeProvider)
    {
        _wallClock = timeProvider;
        _provider = timeProvider == TimeProvider.System ? null : timeProvider;
        _start = timeProvider.GetTimestamp();
        _lead = WallClock() - Monotonic();
        CheckWallClock(Monotonic());
    }

    public TimeProvider TimeProvider => _wallClock;

    public long Now
    {
        get
        {
            var monotonic = Monotonic();
            if (monotonic >= Volatile.Read(ref _nextCheck))
                CheckWallClock(monotonic);
            return monotonic + Volatile.Read(ref _skipped);
        }
    }

    // Milliseconds UTC, as instances tell each other times.
    public long NowUtc => WallClock();

    public async ValueTask DelayAsync(long milliseconds, bool async, CancellationToken cancellationToken = default)
    {
        if (milliseconds <= 0)
            return;
        if (!async && _provider is null)
        {
            // The timer of a task would go off on a thread of the pool, and there may be none.
            cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(milliseconds));
            cancellationToken.ThrowIfCancellationRequested();
            return;
        }

        var delay = Task.Delay(TimeSpan.FromMilliseconds(milliseconds), _wallClock, cancellationToken);
        if (async)
            await delay.ConfigureAwait(false);
        else
            delay.GetAwaiter().GetResult();
    }

    private long Monotonic() => _provider is null ? Environment.TickCount64 : (long)_provider.GetElapsedTime(_start).TotalMilliseconds;

    private long WallClock() => _wallClock.GetUtcNow().ToUnixTimeMilliseconds();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckWallClock(long monotonic)
    {
        // A clock that somebody moves by hand may move at any time.
        if (_provider is null)
            Volatile.Write(ref _nextCheck, monotonic + CheckInterval);
        var lead = WallClock() - monotonic;
        var jump = lead - Interlocked.Exchange(ref _lead, lead);
        if (jump > Tolerance)
            Interlocked.Add(ref _skipped, jump);
    }
}
