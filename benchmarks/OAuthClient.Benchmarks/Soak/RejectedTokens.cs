using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>APIs that answer 401.</summary>
internal static class RejectedTokens
{
    public static async IAsyncEnumerable<Report> RunRevokedAsync()
    {
        const int callers = 500;
        const int rounds = 5;
        var (requests, failed) = (0, 0);
        var (plain, revoked) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            // A server for each round: two young tokens revoked in a minute look like a contest, and that has a scenario of its own.
            await using var server = await OAuth2TestServer.StartAsync(options => options.RecordedRequestLimit = 0);
            await using var host = new Host(server);
            await Load.AtOnceAsync(callers, _ => host.CallAsync());
            var before = await Load.AtOnceAsync(callers, _ => host.CallAsync());
            server.RevokeAllTokens();
            server.ResetCounters();
            var after = await Load.AtOnceAsync(callers, _ => host.CallAsync());
            requests = Math.Max(requests, server.TokenRequests);
            failed += before.Failed + after.Failed;
            plain.Add(before.MedianDuration);
            revoked.Add(after.MedianDuration);
        }

        var ratio = revoked.Zip(plain, (after, before) => after / before).Order().ElementAt(rounds / 2);
        yield return new Report("revoked")
            .Figure($"{callers} callers, {rounds} rounds: {requests} token requests, {failed} failed")
            .Figure($"median {plain.Order().ElementAt(rounds / 2):n0} ms before and {revoked.Order().ElementAt(rounds / 2):n0} ms after the revocation, {ratio:f1} times as long for three requests in place of one")
            .Require(requests == 1, "1 token request")
            .Require(failed == 0, "0 failed")
            .Require(ratio <= 5, "at most 5 times as long");
    }

    public static async IAsyncEnumerable<Report> RunRejectingAsync(Scenarios.Length length)
    {
        const int workers = 16;
        const double latency = 300;
        await using var server = await OAuth2TestServer.StartAsync(options => options.RecordedRequestLimit = 0);
        await using var stranger = await OAuth2TestServer.StartAsync(options => options.RecordedRequestLimit = 0);
        await using var host = new Host(server, options => options.AllowedOrigins.Add(stranger.BaseAddress.GetLeftPart(UriPartial.Authority)));
        await host.CallAsync();
        server.ResetCounters();
        server.TokenEndpointBehavior.Latency = TimeSpan.FromMilliseconds(latency);
        var (good, bad) = (new Tally(latency / 2), new Tally(latency / 2));
        var duration = length(60);
        await Load.LoopAsync(2 * workers, duration, TimeSpan.FromMilliseconds(40), async worker =>
        {
            if (worker < workers)
                good.Add(await host.CallAsync());
            else
                bad.Add(await host.CallAsync(stranger.ApiBaseAddress));
        });

        yield return new Report("rejecting")
            .Figure($"{duration.TotalSeconds:n0} s: {server.TokenRequests} token requests")
            .Figure($"rejecting API: {bad.Calls:n0} calls, {bad.ShowFailures()}, {bad.ShowWaits()}")
            .Figure($"other API: {good.Calls:n0} calls, {good.ShowFailures()}, {good.ShowWaits()}")
            .Require(server.TokenRequests <= 8, "at most 8 token requests in a minute")
            .Require(bad.CountFailures("401") == bad.Calls, "the 401 is the caller's")
            .Require(good is { Failed: 0, Waited: 0 }, "the other API: 0 failed, 0 waited");
    }
}
