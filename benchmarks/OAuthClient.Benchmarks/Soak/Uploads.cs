using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>Content that can be sent once only, beside content that can be sent again, while each refresh revokes the token in use.</summary>
internal static class Uploads
{
    private const int WorkersOfEach = 16;
    private static readonly byte[] _bytes = new byte[4_096];

    public static async IAsyncEnumerable<Report> RunAsync(Scenarios.Length length)
    {
        await using var server = await OAuth2TestServer.StartAsync(options =>
        {
            options.ReissueBehavior = ReissueBehavior.RevokePrevious;
            options.TokenLifetime = TimeSpan.FromSeconds(3);
            options.RecordedRequestLimit = 0;
        });
        await using var host = new Host(server);
        await host.CallAsync();

        // Loopback has no distance; without some, hardly a call would be under way when its token is revoked.
        server.ApiBehavior.Latency = TimeSpan.FromMilliseconds(10);
        server.TokenEndpointBehavior.Latency = TimeSpan.FromMilliseconds(50);
        var (again, once) = (new Tally(25), new Tally(25));
        var duration = length(30);
        await Load.LoopAsync(2 * WorkersOfEach, duration, TimeSpan.FromMilliseconds(20), async worker =>
        {
            var isOnce = worker < WorkersOfEach;
            using HttpContent content = isOnce ? new StreamContent(new OneWayStream()) : new ByteArrayContent(_bytes);
            (isOnce ? once : again).Add(await host.CallAsync(server.ApiBaseAddress, content));
        });

        var refreshes = Math.Max(1, server.TokenRequests - 1);
        yield return new Report("uploads")
            .Figure($"{duration.TotalSeconds:n0} s, {refreshes} refreshes")
            .Figure($"can be sent again: {again.Calls:n0} calls, {again.ShowFailures()}, {again.Resent} sent again, {again.ShowWaits()}")
            .Figure($"cannot: {once.Calls:n0} calls, {once.ShowFailures()}, {(double)once.Failed / refreshes:f1} a refresh, {once.ShowWaits()}")
            .Require(again.Failed == 0, "0 lost of what can be sent again");
    }

    private sealed class OneWayStream() : MemoryStream(_bytes, writable: false)
    {
        public override bool CanSeek => false;
    }
}
