using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>Hosts of one application on a server where each new token revokes the one before.</summary>
internal static class Contest
{
    private const int CallsPerSecond = 20;
    private const int ContendedEvent = 9;

    // A request in about four seconds, once a host knows that there is a contest; a burst and one a second before.
    private const int RequestsPerMinute = 15;
    private const int MostAtStart = 7;
    private const double LongestWait = 5_200;
    private static readonly TimeSpan _start = TimeSpan.FromSeconds(5);

    public static async IAsyncEnumerable<Report> RunAsync(Scenarios.Length length)
    {
        var duration = length(60);
        foreach (var report in await Task.WhenAll(
            RunAsync(2, withDeviceScope: true, duration),
            RunAsync(4, withDeviceScope: true, duration),
            RunAsync(10, withDeviceScope: true, duration),
            RunAsync(2, withDeviceScope: false, duration, mayFail: 0),
            RunAsync(4, withDeviceScope: false, duration, mayFail: 0.02),
            RunAsync(10, withDeviceScope: false, duration)))
        {
            yield return report;
        }
    }

    private static async Task<Report> RunAsync(int count, bool withDeviceScope, TimeSpan duration, double? mayFail = null)
    {
        await using var server = await OAuth2TestServer.StartAsync(options =>
        {
            options.ReissueBehavior = ReissueBehavior.RevokePrevious;
            options.DeviceScopes = true;
            options.RecordedRequestLimit = 0;
        });
        var hosts = Enumerable.Range(0, count).Select(i => new Host(server, options => options.DeviceScope = withDeviceScope ? $"host-{i}" : null)).ToArray();
        var tally = new Tally(waitLimit: 200);
        var load = Task.WhenAll(hosts.Select(host => Load.AtRateAsync(CallsPerSecond, duration, async () => tally.Add(await host.CallAsync()))));
        await Task.Delay(_start);
        var (startRequests, startFailed) = (server.TokenRequests, tally.Failed);
        await load;
        var warnings = hosts.Select(host => host.CountLogged(ContendedEvent)).ToArray();
        foreach (var host in hosts)
            await host.DisposeAsync();

        var aMinute = (server.TokenRequests - startRequests) / (duration - _start).TotalMinutes;
        var report = new Report($"contest, {count} hosts{(withDeviceScope ? ", device" : "")}")
            .Figure($"{tally.Calls:n0} calls, {tally.ShowFailures()}: {100.0 * tally.Failed / tally.Calls:f2} %, {startFailed} of them in the first {_start.TotalSeconds:n0} s")
            .Figure($"{startRequests} token requests in the first {_start.TotalSeconds:n0} s, then {aMinute:f0} a minute, {tally.ShowWaits()}, warned {string.Join('/', warnings)} times");
        if (withDeviceScope)
        {
            return report.Require(tally.Failed == 0, "0 failed")
                .Require(server.TokenRequests == count, "1 token request a host")
                .Require(warnings.All(times => times == 0), "no warning");
        }

        if (mayFail is not { } part)
            return report;
        var limit = count * RequestsPerMinute * 1.2;
        return report.Require(tally.Failed <= part * tally.Calls, part == 0 ? "0 failed" : $"at most {100 * part} % failed")
            .Require(startRequests <= count * MostAtStart, $"at most {count * MostAtStart} token requests at the start")
            .Require(aMinute <= limit, $"then at most {limit:f0} a minute")
            .Require(tally.LongestWait <= LongestWait, $"nobody waits for more than {LongestWait:n0} ms")
            .Require(warnings.All(times => times == 1), "one warning a host");
    }
}
