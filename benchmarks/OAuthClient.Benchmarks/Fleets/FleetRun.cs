using OAuthClient.Tests.Simulation;

namespace OAuthClient.Benchmarks.Fleets;

/// <summary>
/// <c>fleet</c>: many instances of a program that share their tokens, or do not, on a fake clock: how often they ask the server over a day,
/// at a cold start and in its outage. The exit code is 1 where a fleet with a store asks more often than it may. <c>--write</c> writes it down.
/// </summary>
internal static class FleetRun
{
    private const int Instances = 1_000;

    public static FleetOutage StoreOutage { get; } = new(TimeSpan.FromHours(8), TimeSpan.FromHours(1));

    public static FleetOutage ServerOutage { get; } = new(TimeSpan.FromMinutes(13), TimeSpan.FromMinutes(10));

    private static FleetPlan Day => new(Instances, TimeSpan.FromDays(1)) { StoreLatency = TimeSpan.FromMilliseconds(2), CallEvery = TimeSpan.FromSeconds(30) };

    private static FleetPlan Outage => Day with { Duration = TimeSpan.FromMinutes(30), CallEvery = TimeSpan.FromSeconds(20), ServerOutage = ServerOutage };

    private static FleetPlan Cold => new(10_000, TimeSpan.FromHours(3))
    {
        LifetimeSeconds = 3_600,
        StartsWithin = TimeSpan.Zero,
        StoreLatency = TimeSpan.FromMilliseconds(2),
        RequestsPerMinute = 200,
        EndsWhenAllAreServed = true,
    };

    public static async Task<int> RunAsync(bool write)
    {
        FleetStory[] day =
        [
            FleetStory.Play("without a store", Day with { HasStore = false }),
            FleetStory.Play("with a store", Day),
            FleetStory.Play("with a store that is down from 8:00 to 9:00", Day with { StoreOutage = StoreOutage }),
            FleetStory.Play("with a store, each token revokes the last one", Day with { RevokesPrevious = true }),
        ];
        FleetStory[] outage =
        [
            FleetStory.Play("one instance", Outage with { Instances = 1, CallEvery = TimeSpan.FromSeconds(1) }),
            FleetStory.Play("1,000 instances, with a store", Outage),
            FleetStory.Play("1,000 instances, without a store", Outage with { HasStore = false }),
        ];
        FleetStory[] cold =
        [
            FleetStory.Play("10,000 at once, with a store", Cold),
            FleetStory.Play("10,000 at once, without a store", Cold with { HasStore = false }),
        ];

        // There is no end to it: a quarter of an hour tells enough.
        var contest = FleetStory.Play("without a store, each token revokes the last one", Day with { HasStore = false, RevokesPrevious = true, Duration = TimeSpan.FromMinutes(15) });
        if (write)
            await FleetPage.WriteAsync(day, contest, outage, cold);
        return Check(day, outage, cold) ? 0 : 1;
    }

    private static bool Check(FleetStory[] day, FleetStory[] outage, FleetStory[] cold)
    {
        var life = TimeSpan.FromSeconds(FleetPlan.TokenLifetimeSeconds - 70);
        (string What, double Found, double Most)[] bounds =
        [
            ("token requests in a life, with a store", day[1].MostIn(life), 2),
            ("token requests in a life, after the store came back", day[2].Fleet.FindMostWithin(life, StoreOutage.From + StoreOutage.Length), 2),
            ("token requests in a life, of a server that revokes", day[3].MostIn(life), 2),
            ("failed calls", day.Sum(story => story.Fleet.Tally.Failed), 0),
            ("token requests in an outage", outage[1].CountIn(ServerOutage), 2 * outage[0].CountIn(ServerOutage)),
            ("token requests of a cold start", cold[0].Requests, 2),
        ];
        foreach (var (what, found, most) in bounds)
            Console.WriteLine(FormattableString.Invariant($"{(found <= most ? "kept  " : "MISSED")} {what}: {found:n0}, at most {most:n0}"));
        return Array.TrueForAll(bounds, bound => bound.Found <= bound.Most);
    }
}
