using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>One process of a fleet: its own engine on its own clock, and one call at a time.</summary>
internal sealed class FleetInstance
{
    private readonly Fleet _fleet;
    private readonly FleetClock _clock;
    private readonly HttpMessageInvoker _invoker;
    private readonly SharedToken? _shared;
    private HashSet<string>? _names;
    private TimeSpan _newsAt = TimeSpan.MinValue; // When it last heard of a change of the token, from the store or from the API.
    private bool _isCalling;

    public FleetInstance(int number, Fleet fleet, ManualTimeProvider clock)
    {
        (Number, _fleet) = (number, fleet);
        var random = new Random(unchecked(((fleet.Plan.Seed * 100_003) + number) * (int)2_654_435_761)); // Seeds in a row begin alike.
        _clock = new FleetClock(clock, fleet.Plan.Skew * ((random.NextDouble() * 2) - 1));
        var http = new HttpClient(fleet.Server.CreateTokenEndpoint(this)) { Timeout = Timeout.InfiniteTimeSpan };
        (IOAuth2TokenStore, OAuth2TokenStoreOptions)? shared = fleet.Plan.HasStore ? (fleet.Store.CreatePort(this), new OAuth2TokenStoreOptions { Key = FleetStore.Key }) : null;
        var engine = new TokenEngine(new AuthorizationServer(() => http, _clock), _clock, NullLogger.Instance, new WorkScheduler(inPlace: true), random, shared);
        var client = new OAuth2Client(CreateSettings(), engine);
        _shared = client.State.Default.Shared;
        _clock.IsWaiting = () => _shared is not null && Waiting(_shared) is not null;
        _invoker = new HttpMessageInvoker(new AccessTokenHandler(client) { InnerHandler = fleet.Server.CreateApi(this) });
    }

    public int Number { get; }

    public bool IsDead => _clock.IsDead;

    /// <summary>When its first call was answered, or null.</summary>
    public TimeSpan? ServedAt { get; private set; }

    /// <summary>Makes a call, unless the one before has not ended.</summary>
    public void Call()
    {
        if (_isCalling || IsDead)
            return;
        _isCalling = true;
        _fleet.Tally.Calls++;
        _ = CallAsync(_fleet.Server.Elapsed);
    }

    /// <summary>Tells it of a change in the store.</summary>
    public void Hear(string name, bool isSet, Action<string> changed)
    {
        if (IsDead)
            return;
        _names ??= [.. _shared!.Names];
        if (_names.Contains(name))
        {
            if (isSet)
                _newsAt = _fleet.Server.Elapsed;
            if (Waiting(_shared!) is not null)
            {
                _clock.EndWait();
                return;
            }
        }

        changed(name);
    }

    /// <summary>Notes that a call was sent with a token.</summary>
    public void NoteSending(FleetServer.IssuedToken token, bool isGood)
    {
        if (isGood)
            return;
        _fleet.Tally.Rejected++;

        // News is to be read from the store first.
        if (token.RevokedAt < _newsAt && _fleet.Server.Elapsed > _newsAt + (3 * _fleet.Plan.StoreLatency))
            _fleet.Tally.Complaints.Add($"Instance {Number} sent {token.Value} at {_fleet.Server.Elapsed:c}, which was revoked at {token.RevokedAt:c}, and was told of a change at {_newsAt:c}.");
        _newsAt = _fleet.Server.Elapsed;
    }

    /// <summary>One step of a fetch, at which the process may die; then it does not go on.</summary>
    public Task PassAsync(string step)
    {
        if (!IsDead && _fleet.NextStep(step, this))
            _clock.IsDead = true;
        return IsDead ? new TaskCompletionSource().Task : Task.CompletedTask;
    }

    // Task.Delay hands a cancellation to the pool; here everything happens in place.
    public async Task DelayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time == TimeSpan.Zero)
            return;
        var passed = new TaskCompletionSource();
        await using var timer = _clock.CreateTimer(_ => passed.TrySetResult(), null, time, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        await using var registration = cancellationToken.UnsafeRegister(_ => passed.TrySetCanceled(cancellationToken), null).ConfigureAwait(false);
        await passed.Task.ConfigureAwait(false);
    }

    private async Task CallAsync(TimeSpan startedAt)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, FleetServer.Api);
            using var response = await _invoker.SendAsync(request, CancellationToken.None).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.OK)
                _fleet.NoteServed(ServedAt ??= _fleet.Server.Elapsed);
            else
                _fleet.NoteFailure(this, startedAt, $"it was answered with {response.StatusCode}");
        }
        catch (Exception exception)
        {
            _fleet.NoteFailure(this, startedAt, exception is OAuth2TokenException ? exception.Message : exception.ToString());
        }

        _isCalling = false;
        var waited = _fleet.Server.Elapsed - startedAt;
        if (waited > TimeSpan.Zero)
            _fleet.Tally.NoteWait(waited);
    }

    private static ClientSettings CreateSettings()
    {
        var options = new OAuth2ClientOptions
        {
            TokenEndpoint = new Uri("https://sts.example/token"),
            ClientId = "id",
            ClientSecret = "secret",
            BaseAddress = FleetServer.Api,
        };
        new OAuth2ClientOptionsDefaults().PostConfigure("fleet", options);
        return new ClientSettings("fleet", options);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_waiting")]
    private static extern ref CancellationTokenSource? Waiting(SharedToken shared);
}
