
namespace OAuthClient.Tests.Restraint;

public sealed class AcquisitionBudgetTests
{
    private const long Start = 86_400_000;

    [Fact]
    public void GetWait_AfterABurstOfThree_IsASecondForEachFurtherOne()
    {
        var budget = new AcquisitionBudget(new FixedRandom(FixedRandom.Least));

        Assert.Equal([0, 0, 0, 1_000, 1_000, 1_000], SpendInTurn(budget, Start, 6));
    }

    [Fact]
    public void GetWait_WithinTheSecond_IsWhatRemainsOfIt()
    {
        var budget = new AcquisitionBudget(new FixedRandom(FixedRandom.Least));
        SpendInTurn(budget, Start, 3);

        Assert.Equal(1_000, budget.GetWait(Start));
        Assert.Equal(600, budget.GetWait(Start + 400));
        Assert.InRange(budget.GetWait(Start + 999), 1, 2);
        Assert.Equal(0, budget.GetWait(Start + 1_000));
    }

    [Fact]
    public void GetWait_AfterADayOfRest_AllowsThreeAtOnceAndNoMore()
    {
        var budget = new AcquisitionBudget(new FixedRandom(FixedRandom.Least));
        SpendInTurn(budget, Start, 10);

        Assert.Equal([0, 0, 0, 1_000], SpendInTurn(budget, Start + 86_400_000, 4));
    }

    [Fact]
    public void GetWait_SpentBeforeItsTime_AddsUp()
    {
        var budget = new AcquisitionBudget(new FixedRandom(FixedRandom.Least));
        for (var i = 0; i < 5; i++)
            budget.Spend(Start);

        Assert.Equal(3_000, budget.GetWait(Start));
    }

    [Theory]
    [InlineData(FixedRandom.Least, 3_000)]
    [InlineData(0.5, 3_800)]
    [InlineData(FixedRandom.Most, 4_600)]
    public void GetWait_Contended_IsAboutFourSecondsAndNeverABurst(double chance, long expected)
    {
        var budget = new AcquisitionBudget(new FixedRandom(chance)) { IsContended = true };

        Assert.Equal([250, expected, expected, expected], SpendInTurn(budget, Start, 4));
    }

    [Fact]
    public void GetWait_SpacingWidensWhileARequestWaits_IsNoLongerThanTheNewSpacing()
    {
        var chance = new FixedRandom(FixedRandom.Least);
        var budget = new AcquisitionBudget(chance);
        SpendInTurn(budget, Start, 3);

        // The fourth waits its second, and by then the contest has begun.
        var now = Start + 1_000;
        budget.IsContended = true;
        budget.Spend(Start);
        Assert.Equal(3_000, budget.GetWait(now));

        // A short spacing is followed by a long one.
        chance.Value = FixedRandom.Most;
        budget.Spend(now);
        Assert.Equal(4_600, budget.GetWait(now + 3_000));
    }

    [Fact]
    public void GetWait_ContestIsOver_IsASecondAgain()
    {
        var budget = new AcquisitionBudget(new FixedRandom(FixedRandom.Least)) { IsContended = true };
        SpendInTurn(budget, Start, 3);

        budget.IsContended = false;

        Assert.Equal([0, 0, 0, 1_000], SpendInTurn(budget, Start + 60_000, 4));
    }

    /// <summary>Waits for each slot before it asks for the next one.</summary>
    private static long[] SpendInTurn(AcquisitionBudget budget, long now, int count)
    {
        var waits = new long[count];
        for (var i = 0; i < count; i++)
        {
            waits[i] = budget.GetWait(now);
            budget.Spend(now);
            now += waits[i];
        }

        return waits;
    }
}
