using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>An authorization server that is out of order, on a clock that is moved by hand: an hour's token takes no hour.</summary>
internal static class Outages
{
    private const int StaleSeconds = 46;
    private const int CallsAtOnce = 4;
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    public static async IAsyncEnumerable<Report> RunAsync()
    {
        foreach (var kind in (string[])["503", "refused", "aborted", "hang"])
            yield return await RunAsync(kind);
    }

    public static async IAsyncEnumerable<Report> RunRetryAfterAsync()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(options => options.TimeProvider = clock);
        await using var host = new Host(server, clock: clock);
        server.TokenEndpointBehavior.FailUntilCleared(429, retryAfter: "30");
        var first = await host.CallAsync();
        var told = (first.Error as OAuth2TokenException)?.RetryAfter;
        server.TokenEndpointBehavior.Clear();
        var failed = new Tally();
        for (var i = 0; i < 299; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            failed.Add(await host.CallAsync());
        }

        var requests = server.TokenRequests;
        clock.Advance(TimeSpan.FromMilliseconds(200));
        var after = await host.CallAsync();
        yield return new Report("retryafter")
            .Figure($"429 with Retry-After: 30, RetryAfter {told?.TotalSeconds:n0} s: {requests} token requests in 29.9 s, {failed.ShowFailures()}; after 30.1 s {after.Status}")
            .Require(requests == 1, "no further token request for 30 s")
            .Require(failed.CountFailures(nameof(OAuth2TokenException)) == failed.Calls, "an OAuth2TokenException for each call meanwhile")
            .Require(after.Succeeded, "then a token");
    }

    private static async Task<Report> RunAsync(string kind)
    {
        var clock = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(options => options.TimeProvider = clock);
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var attempts = new ConcurrentQueue<DateTimeOffset>();
        EndPoint? detour = null;
        await using var host = new Host(server, Register, clock);
        await host.CallAsync();

        clock.Advance(TimeSpan.FromSeconds(3_600 - StaleSeconds));
        attempts.Clear();
        detour = kind == "refused" ? closed.LocalEndPoint : null;
        Break(server.TokenEndpointBehavior, kind);
        var startedAt = clock.GetUtcNow();
        var (tally, held, calls) = (new Tally(), 0, new List<Task<Call>>());
        for (var elapsed = TimeSpan.Zero; elapsed < TimeSpan.FromSeconds(StaleSeconds - 1); elapsed += _step)
        {
            var batch = Task.WhenAll(Enumerable.Range(0, CallsAtOnce).Select(_ => host.CallAsync()).ToArray());
            if (await Task.WhenAny(batch, Task.Delay(_patience)) == batch)
            {
                foreach (var call in await batch)
                    tally.Add(call);
            }
            else
            {
                held += CallsAtOnce;
            }

            clock.Advance(_step);
            await Task.Delay(3);
        }

        // A refused connection is tried once more at once, which may fall into the next step of the clock.
        var seconds = attempts.Select(at => (at - startedAt).TotalSeconds).ToList();
        return new Report($"outage, {kind}")
            .Figure($"{tally.Calls + held} calls in the last {StaleSeconds - 1} s of a token's life: {tally.ShowFailures()}, {held} held back")
            .Figure($"{seconds.Count} connections for attempts, after {string.Join(", ", seconds.Select(second => $"{second:f1}"))} s")
            .Require(tally.Failed == 0, "0 failed")
            .Require(held == 0, "0 held back")
            .Require(seconds.Where((second, i) => i == 0 || second - seconds[i - 1] > 0.5).Count() is >= 2 and <= 8, "the attempts back off");

        // A connection for each attempt, so that all can be counted and refused.
        IEnumerable<IHttpClientBuilder> Register(IServiceCollection services)
        {
            yield return Host.Register(services, server);
            services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                PooledConnectionLifetime = TimeSpan.Zero,
                UseProxy = false,
                ConnectCallback = async (context, cancellationToken) =>
                {
                    attempts.Enqueue(clock.GetUtcNow());
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(detour ?? context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
        }
    }

    private static void Break(EndpointBehavior behavior, string kind)
    {
        switch (kind)
        {
            case "503":
                behavior.FailUntilCleared(503);
                break;
            case "aborted":
                behavior.AbortConnections = true;
                break;
            case "hang":
                behavior.Hang = true;
                break;
        }
    }
}
