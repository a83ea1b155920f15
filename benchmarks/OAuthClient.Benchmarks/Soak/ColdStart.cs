using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>Many callers while there is no token yet.</summary>
internal static class ColdStart
{
    private const int Callers = 1_000;
    private const int Rounds = 3;
    private static readonly TimeSpan _latency = TimeSpan.FromMilliseconds(200);

    public static async IAsyncEnumerable<Report> RunAsync()
    {
        foreach (var clients in (int[])[1, 10])
        {
            // Other programs on the machine may spoil a round's time, but never its number of requests.
            var (requests, failed, slowest) = (0, 0, double.MaxValue);
            for (var round = 0; round < Rounds; round++)
            {
                await using var server = await OAuth2TestServer.StartAsync(options =>
                {
                    for (var i = 0; i < clients; i++)
                        options.Clients.Add(new TestClient($"client-{i}", OAuth2TestServer.DefaultClientSecret));
                });
                server.TokenEndpointBehavior.Latency = _latency;
                await using var host = new Host(server, services => Enumerable.Range(0, clients)
                    .Select(i => Host.Register(services, server, options => options.ClientId = $"client-{i}", $"client-{i}")));
                var tally = await Load.AtOnceAsync(Callers, i => host.CallAsync(server.ApiBaseAddress, client: $"client-{i % clients}"));
                requests = Math.Max(requests, server.TokenRequests);
                failed += tally.Failed;
                slowest = Math.Min(slowest, tally.LongestDuration / _latency.TotalMilliseconds);
            }

            yield return new Report(clients == 1 ? "cold" : $"cold, {clients} clients")
                .Figure($"{Callers:n0} callers, {Rounds} rounds: {requests} token requests, {failed} failed, slowest call of the best round {slowest:f1} latencies")
                .Require(requests == clients, $"{clients} token requests")
                .Require(failed == 0, "0 failed")
                .Require(slowest <= 3, "slowest call within 3 latencies");
        }
    }

    public static async IAsyncEnumerable<Report> RunFailingAsync(Scenarios.Length length)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        server.TokenEndpointBehavior.FailUntilCleared(503);
        await using var host = new Host(server);
        await host.CallAsync(server.ApiBaseAddress, tokenRequest: new OAuth2TokenRequest { NoToken = true });
        server.ResetCounters();

        var together = await Load.AtOnceAsync(Callers, _ => host.CallAsync());
        var oneByOne = new Tally();
        var pause = length(6) / Callers;
        for (var i = 0; i < Callers; i++)
        {
            oneByOne.Add(await host.CallAsync());
            await Task.Delay(pause);
        }

        var sent = server.RecordedTokenRequests.Select(request => request.ReceivedAt).ToList();
        var gaps = sent.Zip(sent.Skip(1), (first, second) => (second - first).TotalSeconds).ToList();

        // The first back-off is a second, each further one twice as long, and a quarter may be taken off by chance.
        var keepsBackOff = gaps.Select((gap, i) => gap >= 0.74 * Math.Pow(2, i)).All(kept => kept);
        var typed = together.CountFailures(nameof(OAuth2TokenException)) + oneByOne.CountFailures(nameof(OAuth2TokenException));
        yield return new Report("failing")
            .Figure($"{Callers:n0} callers at once and {Callers:n0} one by one: {sent.Count} token requests, {string.Join(", ", gaps.Select(gap => $"{gap:f1}"))} s apart")
            .Figure($"{typed:n0} OAuth2TokenExceptions, {server.ApiCalls} calls reached the API")
            .Figure($"one by one: median {oneByOne.MedianDuration:f2} ms, slowest {oneByOne.LongestDuration:n0} ms")
            .Require(keepsBackOff, "at most 1 request in a back-off interval")
            .Require(typed == 2 * Callers, "an OAuth2TokenException for each")
            .Require(server.ApiCalls == 0, "0 calls of the API")
            .Require(oneByOne.MedianDuration < 20 && oneByOne.LongestDuration < 700, "at once");
    }

    public static async IAsyncEnumerable<Report> RunCancelAsync()
    {
        const int waiting = 100;
        await using var server = await OAuth2TestServer.StartAsync();
        server.TokenEndpointBehavior.Latency = 2 * _latency;
        await using var host = new Host(server);
        using var impatience = new CancellationTokenSource();
        var first = host.CallAsync(impatience.Token);
        var others = Load.AtOnceAsync(waiting - 1, _ => host.CallAsync());
        await server.WaitForTokenRequestsAsync(1);
        await impatience.CancelAsync();
        var cancelled = await first;
        var tally = await others;
        yield return new Report("cancel")
            .Figure($"first of {waiting}: {cancelled.Error?.GetType().Name ?? "no exception"} after {cancelled.Milliseconds:n0} ms")
            .Figure($"others: {tally.Calls - tally.Failed} succeeded, {server.TokenRequests} token requests")
            .Require(cancelled.Error is OperationCanceledException && cancelled.Milliseconds < 2 * _latency.TotalMilliseconds, "the first leaves at once")
            .Require(tally.Failed == 0, $"{waiting - 1} succeed")
            .Require(server.TokenRequests == 1, "1 token request");
    }
}
