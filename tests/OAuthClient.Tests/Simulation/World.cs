using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.DependencyInjection;
using OAuthClient.Http;
using OAuthClient.Testing;
using OAuthClient.TokenEndpoint;
using OAuthClient.Tokens;

namespace OAuthClient.Tests.Simulation;

/// <summary>One call and what became of it.</summary>
internal sealed class CallRecord(int process, ActKind kind, DateTimeOffset startedAt)
{
    public int Process => process;

    public ActKind Kind => kind;

    public DateTimeOffset StartedAt => startedAt;

    /// <summary>The token that the process held and that was good when the call began, or null.</summary>
    public string? GoodTokenAtStart { get; init; }

    /// <summary>When the process had last been told to forget its token.</summary>
    public DateTimeOffset? InvalidatedAt { get; init; }

    /// <summary>Each sending: when, with which token, and whether that had expired.</summary>
    public List<(DateTimeOffset At, string? Token, bool IsExpired)> Sendings { get; } = [];

    public bool HasEnded { get; set; }

    public HttpStatusCode? Status { get; set; }

    public Exception? Exception { get; set; }
}

/// <summary>Plays a story on one thread and a clock that only the story moves.</summary>
internal sealed class World
{
    private static readonly Uri _address = new("https://api.example/orders");
    private static readonly HttpRequestOptionsKey<CallRecord> _record = new("record");

    private readonly Story _story;
    private readonly Dictionary<int, DateTimeOffset> _invalidatedAt = [];
    private readonly ManualTimeProvider _clock = new();
    private readonly (HttpMessageInvoker Invoker, OAuth2Client Client)[] _processes;

    private World(Story story)
    {
        _story = story;
        Server = new SimulatedServer(story, _clock);
        _processes = [.. Enumerable.Range(0, story.Processes).Select(CreateProcess)];
    }

    public SimulatedServer Server { get; }

    public List<CallRecord> Calls { get; } = [];

    public TimeSpan Duration { get; private set; }

    public static World Play(Story story)
    {
        // Continuations must run in place, not in the test runner's context.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var world = new World(story);
            world.Play();
            return world;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void Play()
    {
        var start = _clock.GetUtcNow();
        foreach (var act in _story.Acts)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(act.AfterMs));
            Perform(act);
        }

        // Long enough for every time-out and back-off.
        _clock.Advance(TimeSpan.FromMinutes(3));
        Duration = _clock.GetUtcNow() - start;
    }

    private void Perform(Act act)
    {
        switch (act.Kind)
        {
            case ActKind.Calls or ActKind.ForcedCalls:
                for (var i = 0; i < act.Amount; i++)
                    _ = CallAsync(act, CancellationToken.None);
                break;
            case ActKind.CancelledCall:
                _ = CallAsync(act, new CancellationTokenSource(TimeSpan.FromMilliseconds(act.Amount), _clock).Token);
                break;
            case ActKind.Upload:
                _ = CallAsync(act, CancellationToken.None);
                break;
            case ActKind.Invalidate:
                _processes[act.Process].Client.State.Default.Invalidate();
                _invalidatedAt[act.Process] = _clock.GetUtcNow();
                break;
            case ActKind.Revoke:
                Server.RevokeAll();
                break;
            case ActKind.Sleep:
                _clock.JumpWallClock(TimeSpan.FromMilliseconds(act.Amount));
                break;
            default:
                Server.Trouble(act.Kind, act.Amount);
                break;
        }
    }

    private async Task CallAsync(Act act, CancellationToken cancellationToken)
    {
        var (invoker, client) = _processes[act.Process];
        var held = client.State.Default.Peek();
        var record = new CallRecord(act.Process, act.Kind, _clock.GetUtcNow())
        {
            GoodTokenAtStart = held is not null && Server.IsLive(held) ? held : null,
            InvalidatedAt = _invalidatedAt.TryGetValue(act.Process, out var at) ? at : null,
        };
        Calls.Add(record);
        using var request = new HttpRequestMessage(HttpMethod.Post, _address);
        request.Options.Set(_record, record);
        if (act.Kind == ActKind.Upload)
            request.Content = new StreamContent(new OneWayStream());
        if (act.Kind == ActKind.ForcedCalls)
            request.SetOAuth2TokenRequest(new OAuth2TokenRequest { ForceNewToken = true });
        try
        {
            using var response = await invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
            record.Status = response.StatusCode;
        }
        catch (Exception exception)
        {
            record.Exception = exception;
        }

        record.HasEnded = true;
    }

    private (HttpMessageInvoker, OAuth2Client) CreateProcess(int process)
    {
        var options = new OAuth2ClientOptions { TokenEndpoint = new Uri("https://sts.example/token"), ClientId = "id", ClientSecret = "secret", BaseAddress = _address };
        new OAuth2ClientOptionsDefaults().PostConfigure("simulated", options);
        var http = new HttpClient(Server.CreateTokenEndpoint(process)) { Timeout = Timeout.InfiniteTimeSpan };
        var engine = new TokenEngine(new TokenEndpointClient(() => http, _clock), _clock, NullLogger.Instance, new WorkScheduler(inPlace: true), new Random(_story.Seed + process));
        var client = new OAuth2Client(new ClientSettings("simulated", options), new TokenRegistry(engine));
        var api = Server.CreateApi((request, token) =>
        {
            if (request.Options.TryGetValue(_record, out var record))
                record.Sendings.Add((_clock.GetUtcNow(), token, token is not null && _clock.GetUtcNow() >= Server.ExpiryOf(token)));
        });
        return (new HttpMessageInvoker(new AccessTokenHandler(client) { InnerHandler = api }), client);
    }
}
