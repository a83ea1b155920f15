using System.Globalization;
using OAuthClient.Tests.Simulation;

namespace OAuthClient.Benchmarks.Fleets;

/// <summary>One fleet that has been played, and what is told of it.</summary>
internal sealed record FleetStory(string Label, Fleet Fleet)
{
    private static readonly TimeSpan _refreshBefore = TimeSpan.FromMinutes(1);

    public FleetPlan Plan => Fleet.Plan;

    public bool IsOurs => Plan.HasStore;

    /// <summary>How many lives of a token the time is worth: the fleet asks anew a minute before its end.</summary>
    public double Lives => Math.Max(1, Plan.Duration / (TimeSpan.FromSeconds(Plan.LifetimeSeconds) - _refreshBefore));

    public static FleetStory Play(string label, FleetPlan plan)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var story = new FleetStory(label, Fleet.Play(plan));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{label,-46} {story.Requests,9:n0} token requests, {story.Fleet.Tally.Calls,11:n0} calls, {story.Fleet.Store.Operations.Sum(),11:n0} store operations, simulated in {watch.Elapsed.TotalSeconds:n1} s"));
        return story;
    }

    public int Requests => Fleet.Server.Requests.Count;

    public int MostIn(TimeSpan time) => Fleet.FindMostWithin(time);

    public long OperationsPerLife => (long)Math.Round(Fleet.Store.Operations.Sum() / Lives);

    public int CountIn(FleetOutage outage) => Fleet.Server.Requests.Count(request => outage.Includes(request.At));
}
