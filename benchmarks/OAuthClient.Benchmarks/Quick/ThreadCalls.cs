using System.Diagnostics;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>
/// Do threads get in each other's way on one client? Two of them against one; and the same with the floor handler, which shares nothing,
/// for what the machine can give.
/// </summary>
internal static class ThreadCalls
{
    /// <summary>How many calls each thread makes.</summary>
    public const int Calls = 100_000;

    private const int RoundCount = 25;

    public static async Task<Line> MeasureAsync(LoopbackServer server)
    {
        using var ours = await WarmClient.CreateAsync(server);
        using var floor = new HttpMessageInvoker(new FloorHandler { InnerHandler = new StubAnswer() });
        var (one, two, floorOne, floorTwo) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < RoundCount; round++)
        {
            one.Add(CountPerSecond(ours, threads: 1));
            floorOne.Add(CountPerSecond(floor, threads: 1));
            two.Add(CountPerSecond(ours, threads: 2));
            floorTwo.Add(CountPerSecond(floor, threads: 2));
        }

        return new Line("threads")
            .Add("one_ops_per_s", Rounds.Median(one))
            .Add("two_ops_per_s", Rounds.Median(two))
            .Add("ratio", Rounds.Median(two) / Rounds.Median(one), 2)
            .Add("floor_ratio", Rounds.Median(floorTwo) / Rounds.Median(floorOne), 2);
    }

    /// <summary>Calls a second of so many threads, each of which makes <see cref="Calls"/>.</summary>
    public static double CountPerSecond(HttpMessageInvoker client, int threads)
    {
        using var start = new Barrier(threads + 1);
        var running = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            start.SignalAndWait();
            for (var i = 0; i < Calls; i++)
                client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address), CancellationToken.None).GetAwaiter().GetResult();
        })).ToList();
        running.ForEach(thread => thread.Start());
        start.SignalAndWait();
        var startedAt = Stopwatch.GetTimestamp();
        running.ForEach(thread => thread.Join());
        return threads * Calls / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }
}
