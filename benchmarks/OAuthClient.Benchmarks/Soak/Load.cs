using System.Diagnostics;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>The ways in which calls come.</summary>
internal static class Load
{
    /// <summary>All at once.</summary>
    public static async Task<Tally> AtOnceAsync(int count, Func<int, Task<Call>> call)
    {
        var tally = new Tally();
        foreach (var done in await Task.WhenAll(Enumerable.Range(0, count).Select(call).ToArray()))
            tally.Add(done);
        return tally;
    }

    /// <summary>So many workers, each calling again once it has its answer and a pause of <paramref name="pause"/>, more or less.</summary>
    public static Task LoopAsync(int workers, TimeSpan duration, TimeSpan pause, Func<int, Task> call) =>
        Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            var startedAt = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(startedAt) < duration)
            {
                await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()));
                await call(worker);
            }
        })));

    /// <summary>So many a second, whether the calls before have been answered or not.</summary>
    public static async Task AtRateAsync(int perSecond, TimeSpan duration, Func<Task> call)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var calls = new List<Task>();
        while (Stopwatch.GetElapsedTime(startedAt) is var elapsed && elapsed < duration)
        {
            for (var due = elapsed.TotalSeconds * perSecond; calls.Count < due;)
                calls.Add(call());
            await Task.Delay(1_000 / perSecond);
        }

        await Task.WhenAll(calls);
    }
}
