using System.Diagnostics;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>
/// Do threads get in each other's way on one client? Two of them against one; and the same with the floor handler, which shares nothing,
/// for what the machine can give. What other programs take shows in most rounds on a busy machine, what threads take from each other in all:
/// so the best tenth counts.
/// </summary>
internal static class ThreadCalls
{
    /// <summary>How many calls each thread makes.</summary>
    public const int Calls = 20_000;

    private const int RoundCount = 200;

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
            .Add("one_ops_per_s", Best(one))
            .Add("two_ops_per_s", Best(two))
            .Add("ratio", Best(two) / Best(one), 2)
            .Add("floor_ratio", Best(floorTwo) / Best(floorOne), 2);
    }

    private static double Best(List<double> values) => Rounds.Quantile(values, 0.9);

    /// <summary>Calls a second of so many threads, each of which makes <see cref="Calls"/>.</summary>
    public static double CountPerSecond(HttpMessageInvoker client, int threads)
    {
        using var start = new Barrier(threads);
        var times = new (long Start, long End)[threads];
        var running = Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            start.SignalAndWait();
            times[number].Start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Calls; i++)
                client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address), CancellationToken.None).GetAwaiter().GetResult();
            times[number].End = Stopwatch.GetTimestamp();
        })).ToList();
        running.ForEach(thread => thread.Start());
        running.ForEach(thread => thread.Join());
        return threads * Calls / Stopwatch.GetElapsedTime(times.Min(time => time.Start), times.Max(time => time.End)).TotalSeconds;
    }
}
