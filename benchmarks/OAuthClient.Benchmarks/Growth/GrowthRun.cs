using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Quick;
using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Growth;

/// <summary>
/// <c>growth</c>: an hour of calls with tokens of a quarter of an hour, by a clock that is moved on. What a call allocates must not grow, and
/// once the container is gone nothing may be left of it: no timer, no work, no object.
/// </summary>
internal static class GrowthRun
{
    private const int Seconds = 3_600;
    private const int QuarterSeconds = Seconds / 4;
    private const int CallsPerSecond = 100;
    private const int TokenLifetimeSeconds = 900;

    /// <summary>What is left of a run.</summary>
    private sealed record Remains(Line Line, ManualTimeProvider Clock, IReadOnlyList<WeakReference> Objects);

    /// <summary>The exit code is 0 where nothing grew, 1 where something did.</summary>
    public static async Task<int> RunAsync()
    {
        // What a process allocates once and for all, and the timers it keeps, are there before the hour that is looked at.
        await RunHourAsync();
        var timersBefore = Timer.ActiveCount;
        var remains = await RunHourAsync();
        var alive = await CountAliveAsync(remains.Objects);
        Console.WriteLine(Machine.Describe());
        Console.WriteLine(remains.Line);
        var left = new Line("left")
            .Add("objects_alive", alive)
            .Add("simulated_timers", remains.Clock.ActiveTimers)
            .Add("timers", Math.Max(0, Timer.ActiveCount - timersBefore))
            .Add("pending_work_items", ThreadPool.PendingWorkItemCount);
        Console.WriteLine(left);
        return Check(remains.Line, left) ? 0 : 1;
    }

    private static bool Check(Line hour, Line left)
    {
        var bounds = new (Line Line, string Key, double Least, double Most)[]
        {
            (hour, "growth", double.NegativeInfinity, 1.02),
            (hour, "memory_growth_bytes", double.NegativeInfinity, 64_000),
            (hour, "token_requests", (Seconds / TokenLifetimeSeconds) - 1, (Seconds / (TokenLifetimeSeconds * 0.75)) + 2),
            (left, "objects_alive", 0, 0),
            (left, "simulated_timers", 0, 0),
            (left, "timers", 0, 0),
            (left, "pending_work_items", 0, 0),
        };
        var missed = Array.FindAll(bounds, bound => bound.Line[bound.Key] < bound.Least || bound.Line[bound.Key] > bound.Most);
        foreach (var (line, key, _, most) in missed)
            Console.WriteLine(FormattableString.Invariant($"MISSED {line.Name} {key}: found {line[key]:0.###}, allowed {most:0.###}"));
        return missed.Length == 0;
    }

    // Not inlined, so that no local of it keeps anything alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<Remains> RunHourAsync()
    {
        var clock = new ManualTimeProvider();
        var endpoint = new StubTokenEndpoint { LifetimeSeconds = TokenLifetimeSeconds };
        var services = new ServiceCollection().AddSingleton<TimeProvider>(clock).AddStubbedClient().AddStubbedEndpoint(endpoint);

        // The factory's own timers, which replace handlers every two minutes, outlive their container and would keep all of it.
        services.ConfigureHttpClientDefaults(defaults => defaults.SetHandlerLifetime(Timeout.InfiniteTimeSpan));
        var provider = services.BuildServiceProvider();
        var handler = provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(StubbedServices.ClientName);
        var client = new HttpMessageInvoker(handler, disposeHandler: false);
        var tokens = provider.GetRequiredService<IOAuth2TokenProvider>();

        var bytesPerCall = new List<double>();
        var memory = new List<long>();
        for (var quarter = 0; quarter < 4; quarter++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var second = 0; second < QuarterSeconds; second++)
                await RunSecondAsync(client, clock);
            bytesPerCall.Add((double)(GC.GetTotalAllocatedBytes(precise: true) - before) / (QuarterSeconds * CallsPerSecond));
            memory.Add(GC.GetTotalMemory(forceFullCollection: true));
        }

        WeakReference[] objects = [new(provider), new(handler), new(tokens), new(await tokens.GetTokenAsync(StubbedServices.ClientName))];
        await provider.DisposeAsync();
        var line = new Line("hour")
            .Add("calls", Seconds * CallsPerSecond)
            .Add("token_requests", endpoint.Issued)
            .Add("first_quarter_bytes_per_call", bytesPerCall[0], 1)
            .Add("last_quarter_bytes_per_call", bytesPerCall[^1], 1)
            .Add("growth", bytesPerCall[^1] / bytesPerCall[0], 3)
            .Add("memory_growth_bytes", memory[^1] - memory[0]);
        return new Remains(line, clock, objects);
    }

    private static async Task RunSecondAsync(HttpMessageInvoker client, ManualTimeProvider clock)
    {
        clock.Advance(TimeSpan.FromSeconds(1));
        for (var call = 0; call < CallsPerSecond; call++)
        {
            using var response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address), CancellationToken.None);
            response.EnsureSuccessStatusCode();
        }
    }

    /// <summary>Work that was under way may need a moment to end.</summary>
    private static async Task<int> CountAliveAsync(IReadOnlyList<WeakReference> objects)
    {
        for (var attempt = 0; ; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            var alive = objects.Count(reference => reference.IsAlive);
            if (alive == 0 || attempt == 20)
                return alive;
            await Task.Delay(50);
        }
    }
}
