using System.Net;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>One sending of a call.</summary>
/// <param name="At">When.</param>
/// <param name="Token">With which token.</param>
/// <param name="IsExpired">True where that had expired.</param>
/// <param name="WasRejected">True where the API had rejected it before, as the process knew.</param>
internal sealed record Sending(DateTimeOffset At, string? Token, bool IsExpired, bool WasRejected);

/// <summary>One call and what became of it.</summary>
internal sealed class CallRecord(Act act, DateTimeOffset startedAt)
{
    public int Process => act.Process;

    public int Caller => act.Caller;

    public int Api => act.Api;

    public ActKind Kind => act.Kind;

    public DateTimeOffset StartedAt => startedAt;

    /// <summary>The client's secret when the call began.</summary>
    public required string Secret { get; init; }

    /// <summary>What the caller's own grant proved him by when the call began, or null.</summary>
    public required string? Value { get; init; }

    /// <summary>The token that the process held for the caller when the call began, or null.</summary>
    public required string? HeldToken { get; init; }

    /// <summary>True where that was good, and nothing known against it.</summary>
    public required bool IsHeldTokenGood { get; init; }

    /// <summary>When the process had last been told to forget the caller's token.</summary>
    public DateTimeOffset? InvalidatedAt { get; init; }

    public List<Sending> Sendings { get; } = [];

    public DateTimeOffset? EndedAt { get; set; }

    public HttpStatusCode? Status { get; set; }

    public Exception? Exception { get; set; }

    public override string ToString() => $"call of {StartedAt:mm:ss.fff} (process {Process}, caller {Caller})";
}

/// <summary>Plays a story on one thread and a clock that only the story moves.</summary>
internal sealed class World
{
    private readonly Story _story;
    private readonly Dictionary<(int Process, int Caller), DateTimeOffset> _invalidatedAt = [];
    private readonly ManualTimeProvider _clock = new();
    private readonly Process[] _processes;

    private World(Story story)
    {
        _story = story;
        Server = new SimulatedServer(story, _clock);
        _processes = [.. Enumerable.Range(0, story.Processes).Select(number => new Process(number, story, Server, _clock))];
    }

    public static Uri[] Apis { get; } = [new("https://api.example/orders"), new("https://other.example/")];

    public SimulatedServer Server { get; }

    public List<CallRecord> Calls { get; } = [];

    /// <summary>Each reload: of which process, and when.</summary>
    public List<(int Process, DateTimeOffset At)> Reloads { get; } = [];

    public bool HasSlept => _story.Count(ActKind.Sleep) > 0;

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
                _processes[act.Process].GetSource(act.Caller).State.Invalidate();
                _invalidatedAt[(act.Process, act.Caller)] = _clock.GetUtcNow();
                break;
            case ActKind.Revoke:
                Server.RevokeAll();
                break;
            case ActKind.Sleep:
                _clock.JumpWallClock(TimeSpan.FromMilliseconds(act.Amount));
                break;
            case ActKind.Reload:
                _processes[act.Process].Reload(act.Amount);
                Reloads.Add((act.Process, _clock.GetUtcNow()));
                break;
            default:
                Server.Trouble(act.Kind, GetTarget(act), act.Amount);
                break;
        }
    }

    private static int GetTarget(Act act) => act.Kind switch
    {
        ActKind.Refuse => Math.Min(act.Caller, 1),
        ActKind.RefuseClient => act.Amount % Act.Versions,
        ActKind.Reject => act.Api,
        _ => 0,
    };

    private async Task CallAsync(Act act, CancellationToken cancellationToken)
    {
        var process = _processes[act.Process];
        var held = process.PeekToken(act.Caller);
        var record = new CallRecord(act, _clock.GetUtcNow())
        {
            Secret = process.Secret,
            Value = process.GetValue(act.Caller),
            HeldToken = held,
            IsHeldTokenGood = held is not null && Server.IsLive(held) && !process.IsInDoubt(act.Caller, act.Api, held),
            InvalidatedAt = _invalidatedAt.TryGetValue((act.Process, act.Caller), out var at) ? at : null,
        };
        Calls.Add(record);
        using var request = process.CreateRequest(record);
        if (act.Kind == ActKind.Upload)
            request.Content = new StreamContent(new OneWayStream());
        try
        {
            using var response = await process.Invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
            record.Status = response.StatusCode;
        }
        catch (Exception exception)
        {
            record.Exception = exception;
        }

        record.EndedAt = _clock.GetUtcNow();
    }
}
