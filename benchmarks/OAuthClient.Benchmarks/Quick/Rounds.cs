using System.Diagnostics;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>What one call costs.</summary>
internal sealed record Cost(double Nanoseconds, double Bytes);

/// <summary>
/// The measuring loop: many short rounds, in each of which every variant has its turn in another order, and the median of each. Whatever
/// else the machine does hits all of them alike.
/// </summary>
internal sealed class Rounds(params Variant[] variants)
{
    private const int LeastRounds = 51;
    private static readonly TimeSpan _jitPause = TimeSpan.FromMilliseconds(40);

    /// <summary>Calls of one variant in one round: enough that reading the clock does not count, few enough that a round is seldom interrupted.</summary>
    public int CallsPerTurn { get; init; } = 1_000;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>True where calls go on on other threads; all that is allocated in the process counts then.</summary>
    public bool AcrossThreads { get; init; }

    public async Task<Cost[]> MeasureAsync()
    {
        await WarmUpAsync();
        var durations = variants.Select(_ => new List<double>()).ToArray();
        var bytes = variants.Select(_ => new List<double>()).ToArray();
        var order = Enumerable.Range(0, variants.Length).ToArray();
        var random = new Random(1);
        var startedAt = Stopwatch.GetTimestamp();
        while (durations[0].Count < LeastRounds || Stopwatch.GetElapsedTime(startedAt) < Duration)
        {
            random.Shuffle(order);
            foreach (var i in order)
            {
                var allocated = GetAllocatedBytes();
                var turn = Stopwatch.GetTimestamp();
                await variants[i].RunAsync(CallsPerTurn);
                durations[i].Add(Stopwatch.GetElapsedTime(turn).TotalNanoseconds / CallsPerTurn);
                bytes[i].Add((double)(GetAllocatedBytes() - allocated) / CallsPerTurn);
            }
        }

        return [.. variants.Select((_, i) => new Cost(Median(durations[i]), Median(bytes[i])))];
    }

    public static double Median(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    /// <summary>Runs until the JIT has compiled for good what is called often; it does so in pauses of a tenth of a second.</summary>
    private async Task WarmUpAsync()
    {
        for (var round = 0; round < 12; round++)
        {
            foreach (var variant in variants)
                await variant.RunAsync(CallsPerTurn);
            await Task.Delay(_jitPause);
        }
    }

    private long GetAllocatedBytes() => AcrossThreads ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetAllocatedBytesForCurrentThread();
}
