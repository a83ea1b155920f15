using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.Recording;

/// <summary>What one endpoint has seen: how many requests, how many at once, and the last of them.</summary>
internal sealed class Traffic(string name, int recordLimit, TimeProvider timeProvider)
{
    private readonly ConcurrentQueue<RecordedRequest> _records = new();
    private readonly object _gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _completionWaiters = [];
    private int _requests;
    private int _completed;
    private int _period;
    private int _underWay;
    private int _maxUnderWay;

    public int Requests
    {
        get
        {
            lock (_gate)
                return _requests;
        }
    }

    public int MaxUnderWay
    {
        get
        {
            lock (_gate)
                return _maxUnderWay;
        }
    }

    public IReadOnlyList<RecordedRequest> Records => _records.ToArray();

    public RecordedRequest? Enter(HttpContext context)
    {
        RecordedRequest? record = null;
        if (recordLimit > 0)
        {
            _records.Enqueue(record = new RecordedRequest(context, timeProvider.GetUtcNow()));
            if (_records.Count > recordLimit)
                _records.TryDequeue(out _);
        }

        lock (_gate)
        {
            Wake(_waiters, ++_requests);
            _maxUnderWay = Math.Max(_maxUnderWay, ++_underWay);
            // Only now is the status of an answer without a body known, and all of the answer with the connection.
            var period = _period;
            context.Response.OnCompleted(() =>
            {
                Complete(period);
                return Task.CompletedTask;
            });
        }

        return record;
    }

    public void Leave()
    {
        lock (_gate)
            _underWay--;
    }

    /// <summary>Waits until so many requests have arrived, or are over.</summary>
    public async Task WaitAsync(int count, bool completed, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Task reached;
        lock (_gate)
        {
            if ((completed ? _completed : _requests) >= count)
                return;
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (completed ? _completionWaiters : _waiters).Add((count, waiter));
            reached = waiter.Task;
        }

        try
        {
            // By the real clock: a test that waits in vain does not move its own.
            await reached.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(Describe(count, completed, timeout));
        }
    }

    public void Reset()
    {
        _records.Clear();
        lock (_gate)
        {
            _requests = _completed = 0;
            _period++;
            _maxUnderWay = _underWay;
        }
    }

    private static void Wake(List<(int Count, TaskCompletionSource Reached)> waiters, int count)
    {
        for (var i = waiters.Count - 1; i >= 0; i--)
        {
            if (waiters[i].Count > count)
                continue;
            waiters[i].Reached.TrySetResult();
            waiters.RemoveAt(i);
        }
    }

    private void Complete(int period)
    {
        lock (_gate)
        {
            // What began before the counters were reset does not count.
            if (period == _period)
                Wake(_completionWaiters, ++_completed);
        }
    }

    private string Describe(int count, bool completed, TimeSpan timeout)
    {
        var (requests, over) = (0, 0);
        lock (_gate)
            (requests, over) = (_requests, _completed);
        var last = Records.TakeLast(10).Select(static r => $"{r.Method} {r.Path} ({r.StatusCode?.ToString(CultureInfo.InvariantCulture) ?? "no answer"})").ToArray();
        return $"Waited {timeout} for {count} {name} to {(completed ? "be over" : "arrive")}: {requests} arrived, {over} of them {(over is 1 ? "is" : "are")} over."
            + (last is [] ? "" : $" The last of them: {string.Join(", ", last)}.")
            + $" Look for what keeps the others from being sent or answered, or set {nameof(OAuth2TestServerOptions)}.{nameof(OAuth2TestServerOptions.WaitTimeout)}.";
    }
}
