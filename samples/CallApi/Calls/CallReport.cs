using System.Globalization;

namespace CallApi;

/// <summary>What came of the calls: counts that may be read while they run, and times that are sorted at the end.</summary>
internal sealed class CallReport
{
    /// <summary>Stands for a status where the API gave no answer.</summary>
    public const int Error = 1000;

    /// <summary>Stands for a status where there was no token, so that the API was not called.</summary>
    public const int NoToken = 1001;

    /// <summary>The times of so many calls are kept, one by one; of more, an even sample.</summary>
    private const int MaxTimes = 10_000_000;

    private readonly long[] _counts = new long[NoToken + 1];
    private readonly List<Worker> _workers = [];
    private long _calls;
    private long _succeeded;
    private long _start;
    private TimeSpan? _wall;
    private string? _tokenFailure;
    private string? _callFailure;

    public long Calls => Interlocked.Read(ref _calls);

    public long Failed => Calls - Interlocked.Read(ref _succeeded);

    public TimeSpan Elapsed => _wall ?? TimeProvider.System.GetElapsedTime(_start);

    public int ExitCode => _counts[NoToken] > 0 ? CallApi.ExitCode.NoToken : Failed > 0 || Calls == 0 ? CallApi.ExitCode.CallFailed : CallApi.ExitCode.Success;

    public void Start() => _start = TimeProvider.System.GetTimestamp();

    public void Stop() => _wall = Elapsed;

    public Worker AddWorker(int capacity)
    {
        var worker = new Worker(this, capacity);
        lock (_workers)
            _workers.Add(worker);
        return worker;
    }

    /// <summary>The first failure, with what helps; null where all calls succeeded.</summary>
    public string? DescribeFailure() => (_tokenFailure ?? _callFailure, Calls) switch
    {
        (_, 0) => "Stopped before the first call was answered.",
        (null, _) => null,
        ({ } failure, 1) => failure,
        ({ } failure, _) => $"{Failed} of {Calls} calls failed; the first for this reason: {failure}",
    };

    /// <summary>The report on one line, for people and for scripts.</summary>
    public string ToLine(long tokenRequests)
    {
        var times = _workers.SelectMany(worker => worker.Times).ToArray();
        Array.Sort(times);
        var statuses = Enumerable.Range(0, _counts.Length).Where(status => _counts[status] > 0).Select(status => $"{Name(status)}:{_counts[status]}");
        return string.Create(CultureInfo.InvariantCulture, $"calls={Calls} ok={_succeeded} failed={Failed} statuses={string.Join(',', statuses)} token_requests={tokenRequests} ")
            + $"wall_ms={Milliseconds(Elapsed.Ticks)} p50_ms={Milliseconds(Percentile(times, 50))} p99_ms={Milliseconds(Percentile(times, 99))} "
            + $"max_ms={Milliseconds(_workers.Select(worker => worker.Longest).DefaultIfEmpty().Max())}";
    }

    /// <summary>The nearest rank: the smallest time that is not exceeded by so many percent of them.</summary>
    private static long Percentile(long[] sorted, int percent) => sorted.Length == 0 ? 0 : sorted[(int)((((long)sorted.Length * percent) + 99) / 100) - 1];

    private static long Milliseconds(long ticks) => (long)Math.Round((double)ticks / TimeSpan.TicksPerMillisecond);

    private static string Name(int status) => status switch
    {
        Error => "error",
        NoToken => "no_token",
        _ => status.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Where one worker notes its calls.</summary>
    internal sealed class Worker(CallReport report, int capacity)
    {
        private const int MaxWorkers = 1024;
        private long _calls;

        public List<long> Times { get; } = new(Math.Min(capacity, MaxTimes / MaxWorkers));

        public long Longest { get; private set; }

        /// <summary>Notes a call that began at <paramref name="start"/> and ended now.</summary>
        public void Add(long start, int status)
        {
            var ticks = TimeProvider.System.GetElapsedTime(start).Ticks;
            Longest = Math.Max(Longest, ticks);
            _calls++;
            if (Times.Count < MaxTimes / report._workers.Count)
                Times.Add(ticks);
            else if (Random.Shared.NextInt64(_calls) is var place && place < Times.Count)
                Times[(int)place] = ticks;

            Interlocked.Increment(ref report._counts[status]);
            Interlocked.Increment(ref report._calls);
            if (status is >= 200 and < 300)
                Interlocked.Increment(ref report._succeeded);
        }

        /// <summary>True until a call's failure has been explained, and so is worth explaining.</summary>
        public bool WantsExplanation => report._callFailure is null;

        public void ExplainCallFailure(string reason) => Interlocked.CompareExchange(ref report._callFailure, reason, null);

        public void ExplainNoToken(string reason) => Interlocked.CompareExchange(ref report._tokenFailure, reason, null);
    }
}
