using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>What became of a fleet's calls.</summary>
internal sealed class FleetTally
{
    public long Calls { get; set; }

    /// <summary>How many took any time at all: they waited for a token.</summary>
    public long Waited { get; private set; }

    public TimeSpan LongestWait { get; private set; }

    /// <summary>How often a call was sent with a token that the API took no more.</summary>
    public long Rejected { get; set; }

    /// <summary>How many calls failed, at whatever time.</summary>
    public long Failed { get; set; }

    /// <summary>What must not be, in words.</summary>
    public List<string> Complaints { get; } = [];

    public void NoteWait(TimeSpan waited)
    {
        Waited++;
        LongestWait = waited > LongestWait ? waited : LongestWait;
    }
}

/// <summary>Many instances of a program on one thread and a clock that only they move on, with one server and, as a rule, one store.</summary>
internal sealed class Fleet
{
    private readonly ManualTimeProvider _clock = new();
    private readonly FleetInstance?[] _instances;
    private int _steps;

    private Fleet(FleetPlan plan)
    {
        Plan = plan;
        Server = new FleetServer(plan, _clock);
        Store = new FleetStore(plan, _clock);
        _instances = new FleetInstance?[plan.Instances];
    }

    public FleetPlan Plan { get; }

    public FleetServer Server { get; }

    public FleetStore Store { get; }

    public FleetTally Tally { get; } = new();

    /// <summary>When each instance that has been served was for the first time, in order.</summary>
    public List<TimeSpan> ServedAt { get; } = [];

    public int Served => ServedAt.Count;

    public TimeSpan LastServedAt => ServedAt[^1];

    /// <summary>When the last call failed; zero: none did.</summary>
    public TimeSpan LastFailureAt { get; private set; }

    /// <summary>When an instance died, at which step; null where none has.</summary>
    public (TimeSpan At, string Step, int Instance)? Death { get; private set; }

    /// <summary>How many steps all fetches took, each of which can be somebody's last.</summary>
    public int Steps => _steps;

    public static Fleet Play(FleetPlan plan)
    {
        // Continuations must run in place, not in the test runner's context.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var fleet = new Fleet(plan);
            fleet.Play();
            return fleet;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>How many token requests came in each stretch of time.</summary>
    public int[] CountRequests(TimeSpan stretch)
    {
        var counts = new int[(int)Math.Ceiling(Plan.Duration / stretch)];
        foreach (var request in Server.Requests)
            counts[Math.Min(counts.Length - 1, (int)(request.At / stretch))]++;
        return counts;
    }

    /// <summary>The most token requests that came within any such time, of those that came between two instants.</summary>
    public int FindMostWithin(TimeSpan span, TimeSpan from = default, TimeSpan? to = null)
    {
        var times = Server.Requests.Select(request => request.At).Where(at => at >= from && at < (to ?? TimeSpan.MaxValue)).ToArray();
        var most = 0;
        for (int first = 0, last = 0; last < times.Length; last++)
        {
            while (times[last] - times[first] >= span)
                first++;
            most = Math.Max(most, last - first + 1);
        }

        return most;
    }

    public bool WasServed(int number) => _instances[number]?.ServedAt is not null;

    /// <summary>True where the instance that takes this step dies of it.</summary>
    public bool NextStep(string step, FleetInstance instance)
    {
        if (_steps++ != Plan.DeathAtStep)
            return false;
        Death = (Server.Elapsed, step, instance.Number);
        return true;
    }

    public void NoteServed(TimeSpan firstAt)
    {
        if (firstAt == Server.Elapsed)
            ServedAt.Add(firstAt);
    }

    public void NoteFailure(FleetInstance instance, TimeSpan startedAt, string reason)
    {
        Tally.Failed++;
        LastFailureAt = Server.Elapsed;

        // After an outage nobody asks for another minute.
        var outage = Plan.ServerOutage;
        if (Plan.RequestsPerMinute is null && !(startedAt >= outage.From && startedAt < outage.From + outage.Length + TimeSpan.FromSeconds(66) && outage.Length > TimeSpan.Zero))
            Tally.Complaints.Add($"The call of instance {instance.Number} at {startedAt:c} failed: {reason}");
    }

    private void Play()
    {
        var random = new Random(Plan.Seed);
        var calls = new PriorityQueue<int, TimeSpan>();
        for (var number = 0; number < Plan.Instances; number++)
            calls.Enqueue(number, Plan.StartsWithin * random.NextDouble());
        while (calls.TryPeek(out var number, out var at) && at < Plan.Duration && !(Plan.EndsWhenAllAreServed && Served == Plan.Instances))
        {
            if (at > Server.Elapsed)
                _clock.Advance(at - Server.Elapsed);
            (_instances[number] ??= new FleetInstance(number, this, _clock)).Call();

            // Not in step with itself for ever.
            calls.EnqueueDequeue(number, at + (Plan.CallEvery * (0.95 + (random.NextDouble() / 10))));
        }

        // Long enough for every time-out.
        _clock.Advance(TimeSpan.FromMinutes(3));
    }
}
