using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>Tokens that come to their end in the ordinary way.</summary>
internal static class Expiries
{
    private const int Workers = 64;
    private const int Count = 6;
    private static readonly TimeSpan _latency = TimeSpan.FromMilliseconds(300);

    public static async IAsyncEnumerable<Report> RunAsync()
    {
        // Half a second more than the whole seconds that the sticky server tells, so that a token which it says is over is over.
        foreach (var (behavior, seconds) in ((ReissueBehavior, double)[])[(ReissueBehavior.NewToken, 4), (ReissueBehavior.SameToken, 6.5)])
        {
            var isSticky = behavior == ReissueBehavior.SameToken;
            await using var server = await OAuth2TestServer.StartAsync(options =>
            {
                options.ReissueBehavior = behavior;
                options.TokenLifetime = TimeSpan.FromSeconds(seconds);
                options.RecordedRequestLimit = 0;
            });
            await using var host = new Host(server);
            await host.CallAsync();
            server.TokenEndpointBehavior.Latency = _latency;
            var tally = new Tally(_latency.TotalMilliseconds / 2);
            await Load.LoopAsync(Workers, TimeSpan.FromSeconds(seconds * Count), TimeSpan.FromMilliseconds(40), async _ => tally.Add(await host.CallAsync()));
            var report = new Report(isSticky ? "expiries, sticky" : "expiries")
                .Figure($"{Workers} workers over {Count} expiries: {tally.Calls:n0} calls, {tally.ShowFailures()}, {server.TokenRequests} token requests, {tally.ShowWaits()}")
                .Require(tally.Failed == 0, "0 failed")
                .Require(server.MaxConcurrentTokenRequests == 1, "1 token request at a time");
            yield return isSticky
                ? report.Require(tally.Waited <= Workers * (Count + 1) && tally.LongestWait < 2.5 * _latency.TotalMilliseconds, "each worker waits for one answer at each expiry at most")
                : report.Require(tally.Waited == 0, "0 waited");
        }
    }

    public static async IAsyncEnumerable<Report> RunStickyAsync()
    {
        const int calls = 1_000;
        var clock = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(options => (options.TimeProvider, options.ReissueBehavior) = (clock, ReissueBehavior.SameToken));
        await using var host = new Host(server, clock: clock);
        await host.CallAsync();
        clock.Advance(TimeSpan.FromSeconds(3_600 - 45));
        server.ResetCounters();
        var tally = new Tally();
        for (var i = 0; i < calls; i++)
        {
            tally.Add(await host.CallAsync());
            clock.Advance(TimeSpan.FromMilliseconds(30));
        }

        yield return new Report("sticky")
            .Figure($"{calls:n0} calls in the 30 s that begin 45 s before the expiry: {server.TokenRequests} token requests, {tally.ShowFailures()}")
            .Require(server.TokenRequests <= 1, "at most 1 token request")
            .Require(tally.Failed == 0, "0 failed");
    }

    public static async IAsyncEnumerable<Report> RunSteadyAsync()
    {
        const int seconds = 190;
        var clock = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(options => options.TimeProvider = clock);
        await using var host = new Host(server, clock: clock);
        var tally = new Tally();
        for (var i = 0; i < seconds; i++)
        {
            tally.Add(await host.CallAsync());
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        yield return new Report("steady")
            .Figure($"a call a second for {seconds} s: {server.TokenRequests} token requests, {tally.ShowFailures()}")
            .Require(server.TokenRequests == 1, "1 token request")
            .Require(tally.Failed == 0, "0 failed");
    }

    public static async IAsyncEnumerable<Report> RunSuspendAsync()
    {
        const int sleeps = 5;
        var clock = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(options => options.TimeProvider = clock);
        await using var host = new Host(server, clock: clock);
        var (requests, refused, failed) = (0, 0, 0);
        for (var i = 0; i < sleeps; i++)
        {
            var awake = await Load.AtOnceAsync(Workers, _ => host.CallAsync());
            clock.JumpWallClock(TimeSpan.FromHours(2));
            server.ResetCounters();
            var woken = await Load.AtOnceAsync(Workers, _ => host.CallAsync());
            requests = Math.Max(requests, server.TokenRequests);
            refused += server.ApiCalls - Workers;
            failed += awake.Failed + woken.Failed;
        }

        yield return new Report("suspend")
            .Figure($"{sleeps} sleeps of two hours, {Workers} callers after each: {refused} calls went out with an expired token, {failed} failed, {requests} token requests a sleep")
            .Require(refused == 0, "no expired token is sent")
            .Require(failed == 0, "0 failed")
            .Require(requests == 1, "1 token request a sleep");
    }
}
