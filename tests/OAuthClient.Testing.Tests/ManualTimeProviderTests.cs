namespace OAuthClient.Testing.Tests;

public class ManualTimeProviderTests
{
    private static readonly DateTimeOffset _start = new(2031, 2, 3, 4, 5, 6, TimeSpan.FromHours(2));
    private readonly ManualTimeProvider _time = new(_start);

    [Fact]
    public void GetUtcNow_StartGiven_StandsThereInUtc()
    {
        Assert.Equal(_start, _time.GetUtcNow());
        Assert.Equal(TimeSpan.Zero, _time.GetUtcNow().Offset);
        Assert.Equal(TimeZoneInfo.Utc, _time.LocalTimeZone);
    }

    [Fact]
    public void Advance_OneTick_MovesBothClocksByExactlyThat()
    {
        var timestamp = _time.GetTimestamp();

        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(_start.AddTicks(1), _time.GetUtcNow());
        Assert.Equal(TimeSpan.FromTicks(1), _time.GetElapsedTime(timestamp));
        Assert.True(timestamp > 0);
    }

    [Fact]
    public void Advance_Negative_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => _time.Advance(TimeSpan.FromTicks(-1)));

    [Fact]
    public void JumpWallClock_Back_LeavesTimestampAndTimersAlone()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);
        var timestamp = _time.GetTimestamp();

        _time.JumpWallClock(TimeSpan.FromHours(1));
        _time.JumpWallClock(TimeSpan.FromHours(-3));
        _time.Advance(TimeSpan.FromSeconds(9));

        Assert.Equal(_start.AddHours(-2).AddSeconds(9), _time.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(9), _time.GetElapsedTime(timestamp));
        Assert.Equal(0, fired);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fired);
    }

    [Fact]
    public void Advance_SeveralTimersDue_FireInOrderEachAtItsOwnTime()
    {
        var fired = new List<string>();
        void Add(string name, int seconds) =>
            _time.CreateTimer(_ => fired.Add($"{name}@{(_time.GetUtcNow() - _start).TotalSeconds}"), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
        Add("late", 5);
        Add("first", 2);
        Add("second", 2);
        Add("never", 7);

        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(["first@2", "second@2", "late@5"], fired);
        Assert.Equal(_start.AddSeconds(6), _time.GetUtcNow());
        Assert.Equal(1, _time.ActiveTimers);
    }

    [Fact]
    public void Advance_PeriodicTimer_FiresOnceForEachPeriod()
    {
        var at = new List<double>();
        using var timer = _time.CreateTimer(_ => at.Add((_time.GetUtcNow() - _start).TotalSeconds), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal([1, 3, 5], at);
        Assert.Equal(1, _time.ActiveTimers);
    }

    [Fact]
    public void Advance_PeriodicTimerDisposedInItsCallback_FiresNoMore()
    {
        var fired = 0;
        ITimer? timer = null;
        timer = _time.CreateTimer(
            _ =>
            {
                fired++;
                timer!.Dispose();
            },
            null,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal((1, 0), (fired, _time.ActiveTimers));
    }

    [Fact]
    public void Advance_CallbackAdvances_BothAmountsCount()
    {
        var nested = 0;
        _time.CreateTimer(_ => _time.Advance(TimeSpan.FromSeconds(10)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        _time.CreateTimer(_ => nested++, null, TimeSpan.FromSeconds(15), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal((1, _start.AddSeconds(15)), (nested, _time.GetUtcNow()));
    }

    [Fact]
    public async Task Advance_CallbackWaitsForAnotherThreadThatReadsTheClock_IsNotBlocked()
    {
        DateTimeOffset? seen = null;
        _time.CreateTimer(_ => seen = Task.Run(_time.GetUtcNow).WaitAsync(TimeSpan.FromSeconds(10)).GetAwaiter().GetResult(), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        await Task.Run(() => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.Equal(_start.AddSeconds(1), seen);
    }

    [Fact]
    public async Task Advance_LoopOfDelays_RunsThroughInOneGo()
    {
        var rounds = 0;
        async Task LoopAsync()
        {
            for (; rounds < 3; rounds++)
                await Task.Delay(TimeSpan.FromSeconds(1), _time).ConfigureAwait(false);
        }

        var loop = LoopAsync();
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(3, rounds);
        await loop;
    }

    [Fact]
    public async Task Advance_FromManyThreads_SumsUp()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
                _time.Advance(TimeSpan.FromSeconds(1));
        })));

        Assert.Equal((800, _start.AddSeconds(800)), (fired, _time.GetUtcNow()));
    }

    [Fact]
    public void Change_RunningTimer_TakesNewDueTimeFromNow()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(timer.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan));
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(0, fired);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(1, fired);
    }

    [Fact]
    public void Change_Infinite_StopsTheTimer()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        Assert.True(timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((0, 0), (fired, _time.ActiveTimers));
    }

    [Fact]
    public void Dispose_RunningTimer_NeverFiresAndCannotBeChanged()
    {
        var fired = 0;
        var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        timer.Dispose();
        var changed = timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((false, 0, 0), (changed, fired, _time.ActiveTimers));
    }

    [Fact]
    public async Task CreateTimer_DueAtOnce_FiresOutsideTheCallWithoutAdvance()
    {
        var creating = new ThreadLocal<bool>();
        var fired = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

        creating.Value = true;
        using var timer = _time.CreateTimer(_ => fired.SetResult(creating.Value), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        creating.Value = false;

        Assert.False(await fired.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Theory]
    [InlineData(-2, 0)]
    [InlineData(0, -2)]
    [InlineData(4294967295, 0)]
    public void CreateTimer_TimeOutOfRange_Throws(long dueTime, long period) => Assert.Throws<ArgumentOutOfRangeException>(
        () => _time.CreateTimer(_ => { }, null, TimeSpan.FromMilliseconds(dueTime), TimeSpan.FromMilliseconds(period)));

    [Fact]
    public void Advance_TimerMadeElsewhere_RunsWithItsMakersContextAlone()
    {
        var local = new AsyncLocal<string> { Value = "maker" };
        string? flowed = null, suppressed = null;
        SynchronizationContext? seen = null;
        _time.CreateTimer(_ => (flowed, seen) = (local.Value, SynchronizationContext.Current), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using (ExecutionContext.SuppressFlow())
            _time.CreateTimer(_ => suppressed = local.Value, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        local.Value = "advancer";
        var previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
        _time.Advance(TimeSpan.FromSeconds(1));
        var restored = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(previous);

        Assert.Equal(("maker", null), (flowed, suppressed));
        Assert.Null(seen);
        Assert.NotNull(restored);
    }

    [Fact]
    public async Task CancellationTokenSource_DelayOnThisClock_CancelsWhenAdvanced()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(30), _time);

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(source.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<TaskCanceledException>(() => Task.Delay(Timeout.InfiniteTimeSpan, source.Token));
    }
}
