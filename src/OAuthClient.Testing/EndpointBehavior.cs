using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.Faults;

namespace OAuthClient.Testing;

/// <summary>
/// The switches that make one endpoint of an <see cref="OAuth2TestServer"/> slow, failing or mute. They may be thrown at any time, from any thread,
/// while requests are under way. A request first waits for <see cref="Latency"/>; then the first of these that applies decides: a fault
/// queued by one of the <c>Next</c> methods, <see cref="AbortConnections"/>, <see cref="Hang"/>, <see cref="FailUntilCleared"/>, <see cref="Override"/>.
/// </summary>
public sealed class EndpointBehavior
{
    private readonly TimeProvider _timeProvider;
    private readonly object _gate = new();
    private readonly Queue<Fault> _next = new();
    private readonly HashSet<TaskCompletionSource> _hanging = [];
    private long _latencyTicks;
    private bool _hang;
    private bool _abortConnections;
    private Fault? _failure;
    private RequestDelegate? _override;
    private volatile bool _faulty;

    internal EndpointBehavior(TimeProvider timeProvider) => _timeProvider = timeProvider;

    /// <summary>How long each request waits, by the server's clock, before anything else happens to it. Default: not at all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan Latency
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _latencyTicks));
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            Interlocked.Exchange(ref _latencyTicks, value.Ticks);
        }
    }

    /// <summary>Whether requests are left without an answer. Set back to <see langword="false"/>, those that hang are handled after all. Default: <see langword="false"/>.</summary>
    public bool Hang
    {
        get => Read(ref _hang);
        set
        {
            Change(() => _hang = value);
            if (!value)
                ReleaseHanging();
        }
    }

    /// <summary>Whether connections are cut instead of answered, the request not handled. Default: <see langword="false"/>.</summary>
    public bool AbortConnections
    {
        get => Read(ref _abortConnections);
        set => Change(() => _abortConnections = value);
    }

    /// <summary>What answers instead of the endpoint, for any behaviour that no other switch has: a body that never ends, or drips. Default: <see langword="null"/>.</summary>
    public RequestDelegate? Override
    {
        get => Read(ref _override);
        set => Change(() => _override = value);
    }

    /// <summary>Answers the next requests with an error and without handling them. Calls queue up.</summary>
    /// <param name="count">How many requests fail.</param>
    /// <param name="statusCode">The status of the answer.</param>
    /// <param name="body">The answer's body; <see langword="null"/> sends the one this endpoint usually sends with that status.</param>
    /// <param name="contentType">The body's Content-Type; <see langword="null"/> sends <c>application/json</c>, an empty string sends none.</param>
    /// <param name="retryAfter">The Retry-After header: seconds, or an HTTP date.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1, or <paramref name="statusCode"/> is not between 200 and 599.</exception>
    public void FailNext(int count, int statusCode, string? body = null, string? contentType = null, string? retryAfter = null) =>
        Enqueue(count, Fault.Answer(statusCode, body, contentType, retryAfter));

    /// <summary>Answers all requests with an error until <see cref="Clear"/> is called. The parameters are those of <see cref="FailNext"/>.</summary>
    /// <param name="statusCode">The status of the answer.</param>
    /// <param name="body">The answer's body; <see langword="null"/> sends the one this endpoint usually sends with that status.</param>
    /// <param name="contentType">The body's Content-Type; <see langword="null"/> sends <c>application/json</c>, an empty string sends none.</param>
    /// <param name="retryAfter">The Retry-After header: seconds, or an HTTP date.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="statusCode"/> is not between 200 and 599.</exception>
    public void FailUntilCleared(int statusCode, string? body = null, string? contentType = null, string? retryAfter = null)
    {
        var failure = Fault.Answer(statusCode, body, contentType, retryAfter);
        Change(() => _failure = failure);
    }

    /// <summary>Leaves the next requests without an answer until <see cref="Clear"/> is called, <see cref="Hang"/> is set back or the client goes away.</summary>
    /// <param name="count">How many requests hang.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public void HangNext(int count = 1) => Enqueue(count, Fault.Hang);

    /// <summary>Cuts the connections of the next requests, which are not handled.</summary>
    /// <param name="count">How many connections are cut.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public void AbortNext(int count = 1) => Enqueue(count, Fault.Abort);

    /// <summary>Handles the next requests in full, with all that follows from it, and then cuts the connection instead of answering.</summary>
    /// <param name="count">How many answers get lost.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public void LoseNextResponses(int count = 1) => Enqueue(count, Fault.LoseResponse);

    /// <summary>Sets every switch back to its default and lets the requests that hang be handled.</summary>
    public void Clear()
    {
        Latency = TimeSpan.Zero;
        Change(() =>
        {
            _next.Clear();
            _hang = _abortConnections = false;
            _failure = null;
            _override = null;
        });
        ReleaseHanging();
    }

    internal Task Pause(CancellationToken cancellationToken)
    {
        var latency = Latency;
        return latency == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(latency, _timeProvider, cancellationToken);
    }

    internal Fault? TakeFault()
    {
        if (!_faulty)
            return null;
        lock (_gate)
        {
            if (!_next.TryDequeue(out var fault))
            {
                fault = _abortConnections ? Fault.Abort
                    : _hang ? Fault.Hang
                    : _failure ?? (_override is { } answer ? Fault.Overridden(answer) : null);
            }

            SetFaulty();
            // Entered here, under the lock: a Clear that comes right after must find the request among those that hang.
            if (fault == Fault.Hang)
                _hanging.Add((fault = Fault.Hanging()).Release!);
            return fault;
        }
    }

    internal async Task HangAsync(Fault hanging, CancellationToken cancellationToken)
    {
        try
        {
            await hanging.Release!.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
                _hanging.Remove(hanging.Release!);
        }
    }

    private void ReleaseHanging()
    {
        lock (_gate)
        {
            foreach (var release in _hanging)
                release.TrySetResult();
        }
    }

    private void Enqueue(int count, Fault fault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Change(() =>
        {
            for (var i = 0; i < count; i++)
                _next.Enqueue(fault);
        });
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            SetFaulty();
        }
    }

    private void SetFaulty() => _faulty = _next.Count > 0 || _hang || _abortConnections || _failure is not null || _override is not null;

    private T Read<T>(ref T field)
    {
        lock (_gate)
            return field;
    }
}
