
namespace OAuthClient.Tests.Restraint;

public sealed class BackOffTests
{
    private const long Start = 86_400_000;
    private static readonly TokenFailure _failure = new("It is down.", Error: "server_error", IsTransient: true);

    [Theory]
    [InlineData(FixedRandom.Least, new long[] { 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000 })]
    [InlineData(FixedRandom.Most, new long[] { 750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000 })]
    public void Remember_OutageAfterOutage_DoublesFromASecondToAMinute(double chance, long[] expected)
    {
        var backOff = BackOff.ForOutage(new FixedRandom(chance));

        Assert.Equal(expected, FailInTurn(backOff, expected.Length));
    }

    [Fact]
    public void Remember_RefusedPassword_DoublesFromAQuarterOfAnHourToADay()
    {
        var backOff = BackOff.ForRefusedPassword(new FixedRandom(FixedRandom.Least));

        Assert.Equal([15, 30, 60, 120, 240, 480, 960, 1440, 1440], FailInTurn(backOff, 9).Select(wait => wait / 60_000));
    }

    [Fact]
    public void Remember_RefusedSecret_DoublesFromTenSecondsToAQuarterOfAnHour()
    {
        var backOff = BackOff.ForRefusedSecret(new FixedRandom(FixedRandom.Least));

        Assert.Equal([10, 20, 40, 80, 160, 320, 640, 900, 900], FailInTurn(backOff, 9).Select(wait => wait / 1_000));
    }

    [Fact]
    public void Remember_ServerNamesALongerWait_ThatCounts()
    {
        var backOff = BackOff.ForOutage(new FixedRandom(FixedRandom.Least));

        backOff.Remember(_failure with { RetryAfter = TimeSpan.FromSeconds(30) }, Start);

        Assert.NotNull(backOff.GetRemembered(Start + 29_999));
        Assert.Null(backOff.GetRemembered(Start + 30_000));
    }

    [Fact]
    public void Remember_ServerNamesAShorterWait_TheOwnOneCounts()
    {
        var backOff = BackOff.ForOutage(new FixedRandom(FixedRandom.Least));

        backOff.Remember(_failure with { RetryAfter = TimeSpan.Zero }, Start);

        Assert.NotNull(backOff.GetRemembered(Start + 999));
    }

    [Fact]
    public void GetRemembered_WhileItLasts_IsTheSameFailureWithTheTimeLeftAndNotSent()
    {
        var backOff = BackOff.ForOutage(new FixedRandom(FixedRandom.Least));
        backOff.Remember(_failure, Start);

        var remembered = backOff.GetRemembered(Start + 400);

        Assert.Equal(_failure with { RetryAfter = TimeSpan.FromMilliseconds(600), WasTried = false }, remembered);
    }

    [Fact]
    public void Clear_AfterManyFailures_BeginsAfresh()
    {
        var backOff = BackOff.ForOutage(new FixedRandom(FixedRandom.Least));
        FailInTurn(backOff, 5);

        backOff.Clear();

        Assert.False(backOff.HasFailed);
        Assert.Null(backOff.GetRemembered(Start));
        Assert.Equal([1_000], FailInTurn(backOff, 1));
    }

    [Fact]
    public void HasFailed_OnceTheWaitIsOver_StaysTrue()
    {
        var backOff = BackOff.ForOutage(new FixedRandom(FixedRandom.Least));

        backOff.Remember(_failure, Start);

        Assert.Null(backOff.GetRemembered(Start + 1_000));
        Assert.True(backOff.HasFailed);
    }

    [Theory]
    [InlineData(3_000, 3_000)]
    [InlineData(300_000, 5_000)]
    [InlineData(null, 1_000)]
    public void Repeat_WhatSomebodyElseFoundOut_IsRememberedForFiveSecondsAtMostAndDoublesNothing(int? retryAfter, long expected)
    {
        var backOff = BackOff.ForOutage(new FixedRandom(FixedRandom.Least));

        backOff.Repeat(_failure with { RetryAfter = retryAfter is { } wait ? TimeSpan.FromMilliseconds(wait) : null }, Start);

        Assert.NotNull(backOff.GetRemembered(Start + expected - 1));
        Assert.Null(backOff.GetRemembered(Start + expected));
        Assert.Equal([1_000], FailInTurn(backOff, 1));
    }

    private static long[] FailInTurn(BackOff backOff, int count)
    {
        var waits = new long[count];
        var now = Start;
        for (var i = 0; i < count; i++)
        {
            backOff.Remember(_failure, now);
            waits[i] = (long)Math.Ceiling(backOff.GetRemembered(now)!.RetryAfter!.Value.TotalMilliseconds);
            now += waits[i];
        }

        return waits;
    }
}
