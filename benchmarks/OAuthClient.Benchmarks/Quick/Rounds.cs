using System.Diagnostics;
using System.Runtime;

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
    private const int MostWarmUps = 100;
    private const int QuietWarmUps = 8;
    private static readonly TimeSpan _jitPause = TimeSpan.FromMilliseconds(40);

    /// <summary>Calls of one variant in one round: enough that reading the clock does not count, few enough that a round is seldom interrupted.</summary>
    public int CallsPerTurn { get; init; } = 1_000;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(1);

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
                durations[i].Add((Stopwatch.GetTimestamp() - turn) * 1e9 / Stopwatch.Frequency / CallsPerTurn);
                bytes[i].Add((double)(GetAllocatedBytes() - allocated) / CallsPerTurn);
            }
        }

        return [.. variants.Select((_, i) => new Cost(Median(durations[i]), Median(bytes[i])))];
    }

    public static double Median(IReadOnlyCollection<double> values) => Quantile(values, 0.5);

    public static double Quantile(IReadOnlyCollection<double> values, double share) => values.Order().ElementAt((int)(values.Count * share));

    /// <summary>
    /// Runs until the JIT has compiled for good what is called often. It does so beside the program, a tenth of a second after the last new
    /// method, and on a busy machine whenever it is given time.
    /// </summary>
    private async Task WarmUpAsync()
    {
        var compiled = -1L;
        for (var (round, quiet) = (0, 0); round < MostWarmUps && quiet < QuietWarmUps; round++)
        {
            foreach (var variant in variants)
                await variant.RunAsync(CallsPerTurn);
            await Task.Delay(_jitPause);
            var now = JitInfo.GetCompiledMethodCount();
            quiet = now == compiled ? quiet + 1 : 0;
            compiled = now;
        }
    }

    private long GetAllocatedBytes() => AcrossThreads ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetAllocatedBytesForCurrentThread();
}
