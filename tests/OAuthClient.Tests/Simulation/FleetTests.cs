using System.Globalization;
using Xunit.Abstractions;

namespace OAuthClient.Tests.Simulation;

/// <summary>
/// Many instances that share their tokens through one store, on a fake clock: a fleet asks the server as often as one instance would.
/// <c>benchmarks/OAuthClient.Benchmarks -- fleet</c> plays the same and draws it.
/// </summary>
public sealed class FleetTests(ITestOutputHelper output)
{
    // The fleet asks anew at the earliest when a token is stale for the first of all: a minute before its end.
    private static readonly TimeSpan _life = TimeSpan.FromSeconds(FleetPlan.TokenLifetimeSeconds - 70);

    private static readonly TimeSpan _claimLife = TimeSpan.FromSeconds(10);

    // How often who waits looks again by himself.
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(2);

    private static FleetPlan Plan => new(Dose.IsWhole ? 500 : 50, TimeSpan.FromHours(2));

    [Theory]
    [InlineData(true, 0, 24)]
    [InlineData(true, 4, 2)]
    [InlineData(false, 4, 2)]
    public void Fleet_WithAStore_AsksTwiceForEachLifeAtMost(bool tells, int storeLatencyMs, int hours)
    {
        var size = Dose.IsWhole && hours == 24 ? 1_000 : Plan.Instances;
        var fleet = Play(new FleetPlan(size, TimeSpan.FromHours(hours)) { StoreTells = tells, StoreLatency = TimeSpan.FromMilliseconds(storeLatencyMs), CallEvery = TimeSpan.FromSeconds(40) });

        Assert.Empty(fleet.Store.Unsealed);
        Assert.InRange(fleet.FindMostWithin(_life), 1, 2);
        Assert.Empty(fleet.Tally.Complaints);
        Assert.Equal(0, fleet.Tally.Rejected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fleet_WhoseServerRevokesTheTokenBefore_FailsNoCallAndSendsNoneAfterTheNews(bool tells)
    {
        var fleet = Play(Plan with { RevokesPrevious = true, StoreTells = tells, StoreLatency = TimeSpan.FromMilliseconds(4), CallEvery = TimeSpan.FromSeconds(5), Duration = TimeSpan.FromHours(1) });

        Assert.InRange(fleet.FindMostWithin(_life), 1, 2);
        Assert.Empty(fleet.Tally.Complaints);
        Assert.Empty(fleet.Store.Unsealed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fleet_WhoseStoreWasDown_FailsNoCallAndSharesAgain(bool hangs)
    {
        var outage = new FleetOutage(TimeSpan.FromMinutes(20), TimeSpan.FromHours(1));
        var fleet = Play(Plan with { StoreOutage = outage, StoreHangs = hangs, StoreLatency = TimeSpan.FromMilliseconds(4), Duration = TimeSpan.FromHours(2) });

        var end = outage.From + outage.Length;
        Assert.Empty(fleet.Tally.Complaints);
        Assert.True(fleet.FindMostWithin(_life, outage.From, end) > 2, "The store was not down.");
        Assert.InRange(fleet.FindMostWithin(_life, to: outage.From), 1, 2);
        Assert.InRange(fleet.FindMostWithin(_life, end), 1, 2);
        Assert.Empty(fleet.Store.Unsealed);
    }

    [Fact]
    public void Fleet_InAnOutageOfItsServer_AsksAsOftenAsOneInstance()
    {
        var outage = new FleetOutage(TimeSpan.FromMinutes(13), TimeSpan.FromMinutes(10));
        var plan = Plan with { ServerOutage = outage, Duration = TimeSpan.FromMinutes(30) };
        var one = Play(plan with { Instances = 1, CallEvery = TimeSpan.FromSeconds(1) });
        var fleet = Play(plan);

        Assert.InRange(CountIn(one), 8, 25);
        Assert.InRange(CountIn(fleet), 8, 2 * CountIn(one));
        Assert.Empty(fleet.Tally.Complaints);
        Assert.Empty(fleet.Store.Unsealed);

        int CountIn(Fleet played) => played.Server.Requests.Count(request => outage.Includes(request.At));
    }

    [Fact]
    public void Fleet_InAnOutageOfItsServer_AsksItsStoreNoMoreForEachInstanceThanASmallerOne()
    {
        var plan = new FleetPlan(10, TimeSpan.FromMinutes(30)) { ServerOutage = new FleetOutage(TimeSpan.FromMinutes(13), TimeSpan.FromMinutes(10)) };
        var small = Play(plan);
        var large = Play(plan with { Instances = 15 * plan.Instances });

        Assert.InRange(large.Store.Operations.Sum(), 1, 15 * small.Store.Operations.Sum() * 5 / 4);
    }

    [Theory]
    [InlineData(true, 0, 1_000)]
    [InlineData(true, 4, 10_000)]
    [InlineData(false, 4, 1_000)]
    public void Fleet_ThatStartsAtOnceAtAServerThatLimitsIt_IsServedAtOnce(bool tells, int storeLatencyMs, int instances)
    {
        var fleet = Play(new FleetPlan(Dose.IsWhole ? instances : 500, TimeSpan.FromMinutes(5))
        {
            StartsWithin = TimeSpan.Zero,
            RequestsPerMinute = 200,
            StoreTells = tells,
            StoreLatency = TimeSpan.FromMilliseconds(storeLatencyMs),
            EndsWhenAllAreServed = true,
        });

        Assert.InRange(fleet.Server.Requests.Count, 1, 2);
        Assert.Equal(fleet.Plan.Instances, fleet.Served);
        Assert.InRange(fleet.LastServedAt, TimeSpan.Zero, _look);
        Assert.Empty(fleet.Store.Unsealed);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 4)]
    [InlineData(false, 4)]
    public void Fleet_AProcessOfWhichDiesAtAnyStep_GoesOnWithinTheClaimsLife(bool tells, int storeLatencyMs)
    {
        // A life of the token and the one after it.
        var plan = new FleetPlan(5, TimeSpan.FromMinutes(17)) { StartsWithin = TimeSpan.FromSeconds(0.2), StoreTells = tells, StoreLatency = TimeSpan.FromMilliseconds(storeLatencyMs) };
        var steps = Fleet.Play(plan).Steps;
        Assert.InRange(steps, 20, 10_000);
        var longest = (Wait: TimeSpan.Zero, Story: "");
        for (var step = 0; step < steps; step++)
        {
            if (!Dose.Includes(step))
                continue;
            var fleet = Fleet.Play(plan with { DeathAtStep = step });
            var story = $"step {step}: instance {fleet.Death?.Instance} died {fleet.Death?.Step} at {fleet.Death?.At:c}";

            Assert.True(fleet.Death is not null, story);
            Assert.Empty(fleet.Tally.Complaints);
            Assert.Equal(plan.Instances, fleet.Served + (fleet.Death.Value.At < TimeSpan.FromMinutes(1) && !fleet.WasServed(fleet.Death.Value.Instance) ? 1 : 0));
            Assert.True(fleet.Tally.LongestWait <= _claimLife + _look + (2 * plan.TokenLatency), $"{story}, and a call waited for {fleet.Tally.LongestWait:c}.");
            Assert.True(fleet.FindMostWithin(_life) <= 3, $"{story}, and {fleet.FindMostWithin(_life)} requests were sent.");
            if (fleet.Tally.LongestWait > longest.Wait)
                longest = (fleet.Tally.LongestWait, story);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{steps} steps, longest wait {longest.Wait.TotalSeconds:n3} s: {longest.Story}"));
        Assert.True(longest.Wait > _claimLife - _look, "Nobody waited for a dead process.");
    }

    private Fleet Play(FleetPlan plan)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var fleet = Fleet.Play(plan);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:n2} s: {plan.Instances:n0} instances, {plan.Duration.TotalHours:n1} h; {fleet.Tally.Calls:n0} calls, {fleet.Tally.Waited:n0} waited, for {fleet.Tally.LongestWait.TotalSeconds:n3} s at most, {fleet.Tally.Failed:n0} failed, {fleet.Tally.Rejected:n0} rejected; {fleet.Server.Requests.Count:n0} token requests; store: {string.Join(", ", fleet.Store.Operations)}; {fleet.Store.News:n0} news"));
        foreach (var complaint in fleet.Tally.Complaints.Take(3))
            output.WriteLine(complaint);
        return fleet;
    }
}
