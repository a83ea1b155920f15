using System.Diagnostics;
using System.Globalization;
using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>
/// Everything at once: many workers, short tokens, each re-issue behaviour for a third of the time, an administrator who revokes all
/// tokens every few seconds, and an outage in the middle.
/// </summary>
internal sealed class SoakRun : IAsyncDisposable
{
    private const int Workers = 64;
    private const int TokenSeconds = 3;
    private static readonly TimeSpan _latency = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestOutage = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(5);

    private readonly OAuth2TestServer _server;
    private readonly Host _host;
    private volatile Health _health;
    private long _lastIssuedAt;
    private Stopwatch _recovery = new();

    private SoakRun(OAuth2TestServer server)
    {
        _server = server;
        _host = new Host(server);
    }

    private enum Health
    {
        Good,

        /// <summary>The token endpoint is out of order.</summary>
        Outage,

        /// <summary>It works again, but nobody has asked it yet.</summary>
        Recovering,
    }

    public static async IAsyncEnumerable<Report> RunAsync(Scenarios.Length length)
    {
        SoakRun? run = null;
        var server = await OAuth2TestServer.StartAsync(options =>
        {
            options.TokenLifetime = TimeSpan.FromSeconds(TokenSeconds);
            options.RecordedRequestLimit = 0;
            options.ConfigureTokenResponse = _ => run?.NoteIssued();
        });
        await using (run = new SoakRun(server))
        {
            var third = length(60) / 3;
            var usage = new List<(long Memory, int Threads)>();
            foreach (var behavior in Enum.GetValues<ReissueBehavior>())
            {
                yield return await run.RunAsync(behavior, third, withOutage: behavior == ReissueBehavior.SameToken);
                usage.Add((GC.GetTotalMemory(forceFullCollection: true), Process.GetCurrentProcess().Threads.Count));
            }

            yield return new Report("soak, process")
                .Figure($"after each third: {string.Join(", ", usage.Select(use => $"{use.Memory / 1e6:f1} MB and {use.Threads} threads"))}")
                .Require(server.MaxConcurrentTokenRequests <= 1, "1 token request at a time")
                .Require(usage[^1].Memory - usage[0].Memory < 10_000_000, "memory does not grow")
                .Require(usage[^1].Threads - usage[0].Threads < 16, "threads do not grow");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task<Report> RunAsync(ReissueBehavior behavior, TimeSpan duration, bool withOutage)
    {
        _server.Options.ReissueBehavior = behavior;
        _server.TokenEndpointBehavior.Latency = _latency;
        var requestsBefore = _server.TokenRequests;
        var usual = new Tally(_latency.TotalMilliseconds / 2) { KeepsDurations = false };
        var duringOutage = new Tally { KeepsDurations = false };
        var outage = !withOutage ? TimeSpan.Zero : duration / 2 < _longestOutage ? duration / 2 : _longestOutage;

        var revoking = RevokeAsync(duration);
        var failing = FailAsync(duration * 0.1, outage);
        await Load.LoopAsync(Workers, duration, TimeSpan.FromMilliseconds(50), async _ =>
        {
            var before = _health;
            var call = await _host.CallAsync();
            (before == Health.Good && _health == Health.Good ? usual : duringOutage).Add(call);
        });
        var revocations = await revoking;
        await failing;

        // A token is replaced in the last quarter of its life, or when it is revoked; an outage is probed at doubling intervals.
        var requests = _server.TokenRequests - requestsBefore;
        var bound = (duration.TotalSeconds / (TokenSeconds * 0.75)) + revocations + (withOutage ? Math.Log2(outage.TotalSeconds + 1) + 2 : 0) + 3;
        var report = new Report($"soak, {behavior}")
            .Figure($"{duration.TotalSeconds:n0} s, {revocations} revocations: {usual.Calls:n0} calls, {usual.ShowFailures()}, {requests} token requests, {usual.Resent:n0} sent again, {usual.ShowWaits()}")
            .Require(usual.Failed == 0, "0 failed")
            .Require(usual.SentWithoutToken + duringOutage.SentWithoutToken == 0, "0 without a token")
            .Require(usual.SentExpired == 0, "0 with an expired token")
            .Require(requests <= bound, string.Create(CultureInfo.InvariantCulture, $"at most {bound:f0} token requests"));
        if (duringOutage.Calls > 0)
        {
            var explained = duringOutage.CountFailures(nameof(OAuth2TokenException)) + duringOutage.CountFailures("401");
            report.Figure($"outage of {outage.TotalSeconds:n0} s and {_recovery.Elapsed.TotalSeconds:f1} s until the next token: {duringOutage.Calls:n0} calls, {duringOutage.ShowFailures()}")
                .Require(duringOutage.Failed == explained, "the outage fails with OAuth2TokenException, or with the API's 401 to a revoked token")
                .Require(_recovery.Elapsed <= outage + _longestWait, "the next token comes within the outage's own length, and a wait for its turn");
        }

        return report;
    }

    private async Task<int> RevokeAsync(TimeSpan duration)
    {
        var startedAt = Stopwatch.GetTimestamp();
        for (var revocations = 0; ; revocations++)
        {
            var pause = TimeSpan.FromSeconds(2 + Random.Shared.NextDouble());
            if (Stopwatch.GetElapsedTime(startedAt) + pause >= duration)
                return revocations;
            await Task.Delay(pause);

            // Right after a refresh a call may be under way with the token before: it would lose both, and has but one more try.
            while (Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastIssuedAt)) < 3 * _latency)
                await Task.Delay(_latency);
            _server.RevokeAllTokens();
        }
    }

    private async Task FailAsync(TimeSpan start, TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return;
        await Task.Delay(start);
        _health = Health.Outage;
        _server.TokenEndpointBehavior.FailUntilCleared(503);
        await Task.Delay(duration);
        _recovery = Stopwatch.StartNew();
        _health = Health.Recovering;
        _server.TokenEndpointBehavior.Clear();
        _server.TokenEndpointBehavior.Latency = _latency;
    }

    private void NoteIssued()
    {
        Interlocked.Exchange(ref _lastIssuedAt, Stopwatch.GetTimestamp());
        if (_health != Health.Recovering)
            return;
        _recovery.Stop();
        _health = Health.Good;
    }
}
