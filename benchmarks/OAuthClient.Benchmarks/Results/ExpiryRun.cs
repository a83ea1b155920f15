using System.Diagnostics;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Peers;

namespace OAuthClient.Benchmarks.Results;

/// <summary>One call: when it began, and how long it took.</summary>
internal readonly record struct TimedCall(TimeSpan At, TimeSpan Latency);

/// <summary>What calls looked like to one client, and when it asked for tokens.</summary>
internal sealed record ExpiryTrace(string Label, bool IsOurs, IReadOnlyList<TimedCall> Calls, IReadOnlyList<TimeSpan> TokenRequests);

/// <summary>
/// What do callers notice of an expiry? Calls begin at a steady pace, whether or not those before them have ended, against a token endpoint
/// that takes 50 ms and tokens that live three seconds.
/// </summary>
internal static class ExpiryRun
{
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(7);
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan TokenLatency = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(0.5);

    public static async Task<IReadOnlyList<ExpiryTrace>> RunAsync() => await Task.WhenAll(
        RunAsync("OAuthClient: refreshed behind its callers", isOurs: true, server => OAuth2Handler.Create(CreateOptions(server), new SocketsHttpHandler())),
        RunAsync("hand-rolled with SemaphoreSlim: callers wait", isOurs: false, server => new SemaphoreHandler(token => FetchAsync(server, token), _margin) { InnerHandler = new SocketsHttpHandler() }),
        RunAsync("floor, never refreshed: the token is no good after 3 s", isOurs: false, _ => new FloorHandler { InnerHandler = new SocketsHttpHandler() }));

    private static async Task<ExpiryTrace> RunAsync(string label, bool isOurs, Func<LoopbackServer, HttpMessageHandler> createHandler)
    {
        await using var server = await LoopbackServer.StartAsync();
        (server.Latency, server.TokenLifetimeSeconds) = (TokenLatency, Lifetime.TotalSeconds);
        using var client = new HttpClient(createHandler(server));
        await client.GetAsync(server.Api);

        var startedAt = Stopwatch.GetTimestamp();
        var requests = new List<TimeSpan>();
        server.TokenRequested = () => requests.Add(Stopwatch.GetElapsedTime(startedAt));
        var calls = new List<Task<TimedCall>>();
        using var timer = new PeriodicTimer(_pace);
        while (Stopwatch.GetElapsedTime(startedAt) < Duration && await timer.WaitForNextTickAsync())
            calls.Add(CallAsync(client, server.Api, startedAt));
        return new ExpiryTrace(label, isOurs, await Task.WhenAll(calls), requests);
    }

    private static async Task<TimedCall> CallAsync(HttpClient client, Uri address, long startedAt)
    {
        var calledAt = Stopwatch.GetTimestamp();
        (await client.GetAsync(address)).Dispose();
        return new TimedCall(Stopwatch.GetElapsedTime(startedAt, calledAt), Stopwatch.GetElapsedTime(calledAt));
    }

    private static OAuth2ClientOptions CreateOptions(LoopbackServer server)
    {
        var options = WarmClient.CreateOptions(server);
        options.BaseAddress = server.Api;
        return options;
    }

    private static async Task<(string Token, TimeSpan Lifetime)> FetchAsync(LoopbackServer server, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        using var answer = await http.PostAsync(server.TokenEndpoint, form, cancellationToken);
        using var json = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
        return (json.RootElement.GetProperty("access_token").GetString()!, TimeSpan.FromSeconds(json.RootElement.GetProperty("expires_in").GetDouble()));
    }
}
