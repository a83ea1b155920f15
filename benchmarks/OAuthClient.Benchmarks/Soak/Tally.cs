namespace OAuthClient.Benchmarks.Soak;

/// <summary>What became of many calls. Threads may add at once; read it when they are done.</summary>
/// <param name="waitLimit">From how many milliseconds in the handler on a call is one that waited.</param>
internal sealed class Tally(double waitLimit = double.MaxValue)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);
    private readonly List<double> _waits = [];
    private readonly List<double> _durations = [];

    public int Calls { get; private set; }

    public int Failed { get; private set; }

    public int Waited => _waits.Count;

    public int Resent { get; private set; }

    public int SentWithoutToken { get; private set; }

    public int SentExpired { get; private set; }

    public bool KeepsDurations { get; init; } = true;

    public double MedianWait => Percentile(_waits, 0.5);

    public double LongestWait => Percentile(_waits, 1);

    public double MedianDuration => Percentile(_durations, 0.5);

    public double LongestDuration => Percentile(_durations, 1);

    public void Add(Call call)
    {
        lock (_gate)
        {
            Calls++;
            Resent += call.Sends > 1 ? 1 : 0;
            SentWithoutToken += call.SentWithoutToken ? 1 : 0;
            SentExpired += call.ExpiredAnswers;
            if (call.HeldMilliseconds >= waitLimit)
                _waits.Add(call.HeldMilliseconds);
            if (KeepsDurations)
                _durations.Add(call.Milliseconds);
            if (call.Succeeded)
                return;
            Failed++;
            var reason = call.Error?.GetType().Name ?? $"{call.Status}";
            _failures[reason] = _failures.GetValueOrDefault(reason) + 1;
        }
    }

    public int CountFailures(string reason) => _failures.GetValueOrDefault(reason);

    /// <summary>How many failed, and of what.</summary>
    public string ShowFailures() => Failed == 0 ? "0 failed" : $"{Failed:n0} failed ({string.Join(", ", _failures.Select(failure => $"{failure.Value:n0} x {failure.Key}"))})";

    public string ShowWaits() => Waited == 0
        ? "0 waited"
        : $"{Waited:n0} waited (median {MedianWait:n0}, p99 {Percentile(_waits, 0.99):n0}, max {LongestWait:n0} ms)";

    private static double Percentile(List<double> values, double part) =>
        values.Count == 0 ? 0 : values.Order().ElementAt(Math.Min(values.Count - 1, (int)(values.Count * part)));
}
