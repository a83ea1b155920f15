using OAuthClient.Testing;

namespace OAuthClient.Tests.Runtime;

public sealed class SteadyClockTests
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly ManualTimeProvider _time = new();
    private readonly SteadyClock _clock;
    private readonly long _start;

    public SteadyClockTests()
    {
        _clock = new SteadyClock(_time);
        _start = _clock.Now;
    }

    private long Passed => _clock.Now - _start;

    [Fact]
    public void Now_WhileTimePasses_CountsMilliseconds()
    {
        _time.Advance(TimeSpan.FromMilliseconds(1_234));

        Assert.Equal(1_234, Passed);
    }

    [Fact]
    public void Now_WallClockJumpsForward_CountsAsTimePassed()
    {
        _time.JumpWallClock(_hour);
        Assert.Equal(3_600_000, Passed);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(3_610_000, Passed);
    }

    [Fact]
    public void Now_MachineWasSuspended_CountsTheSleepOnce()
    {
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            _time.JumpWallClock(_hour);
            Assert.Equal(Passed, Passed);
        }

        Assert.Equal(10 * 3_660_000, Passed);
    }

    [Fact]
    public void Now_WallClockJumpsBack_LengthensNoLife()
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        _time.JumpWallClock(-_hour);

        Assert.Equal(10_000, Passed);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(20_000, Passed);
    }

    [Fact]
    public void Now_AJumpForwardAfterOneBack_Counts()
    {
        _time.JumpWallClock(-_hour);
        Assert.Equal(0, Passed);

        _time.JumpWallClock(TimeSpan.FromMinutes(10));

        Assert.Equal(600_000, Passed);
    }

    [Fact]
    public void Now_ClockIsSlewed_StaysMonotonic()
    {
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _time.JumpWallClock(TimeSpan.FromMilliseconds(i % 2 == 0 ? 400 : -400));
            Assert.Equal((i + 1) * 1_000, Passed);
        }
    }

    [Fact]
    public void Now_OfTheSystem_NeverGoesBack()
    {
        var clock = new SteadyClock(TimeProvider.System);
        var last = clock.Now;
        for (var i = 0; i < 100_000; i++)
        {
            var now = clock.Now;
            Assert.True(now >= last);
            last = now;
        }
    }

    [Fact]
    public async Task Delay_OfSoManyMilliseconds_EndsWhenTheyHavePassed()
    {
        var delay = _clock.DelayAsync(1_000, async: true).AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(delay.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await delay;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Delay_OfNothing_IsOver(long milliseconds)
    {
        Assert.True(_clock.DelayAsync(milliseconds, async: true).AsTask().IsCompletedSuccessfully);
        Assert.True(_clock.DelayAsync(milliseconds, async: false).AsTask().IsCompletedSuccessfully);
    }
}
