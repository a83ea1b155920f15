using System.Diagnostics;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>What came of feeding one target.</summary>
internal sealed class FuzzResult
{
    private readonly List<BrokenOutcomeException> _failures = [];

    public long Inputs { get; set; }

    public long FailedInputs { get; private set; }

    /// <summary>How long all inputs took together.</summary>
    public long TotalTicks { get; set; }

    public long WorstTicks { get; private set; }

    /// <summary>The length of the input that took the longest.</summary>
    public int SlowestLength { get; private set; }

    public long WorstBytes { get; private set; }

    /// <summary>The length of the input that allocated the most.</summary>
    public int LargestLength { get; private set; }

    /// <summary>The first few failures, each with what plays it again.</summary>
    public IReadOnlyList<BrokenOutcomeException> Failures => _failures;

    public void Note(byte[] input, long ticks, long bytes)
    {
        if (ticks > WorstTicks)
            (WorstTicks, SlowestLength) = (ticks, input.Length);
        if (bytes > WorstBytes)
            (WorstBytes, LargestLength) = (bytes, input.Length);
    }

    public void Fail(BrokenOutcomeException failure)
    {
        FailedInputs++;
        if (_failures.Count < 3)
            _failures.Add(failure);
    }

    /// <summary>Adds what another thread found out about the same target.</summary>
    public void Add(FuzzResult other)
    {
        Inputs += other.Inputs;
        TotalTicks += other.TotalTicks;
        FailedInputs += other.FailedInputs;
        _failures.AddRange(other._failures);
        if (other.WorstTicks > WorstTicks)
            (WorstTicks, SlowestLength) = (other.WorstTicks, other.SlowestLength);
        if (other.WorstBytes > WorstBytes)
            (WorstBytes, LargestLength) = (other.WorstBytes, other.LargestLength);
    }

    public override string ToString() =>
        $"inputs={Inputs} mean_us={Microseconds(TotalTicks) / Math.Max(1, Inputs):f1} worst_us={Microseconds(WorstTicks):f0} (of {SlowestLength} bytes) worst_bytes={WorstBytes} (of {LargestLength} bytes) failures={FailedInputs}";

    private static double Microseconds(long ticks) => Stopwatch.GetElapsedTime(0, ticks).TotalMicroseconds;
}
