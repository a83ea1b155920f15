using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.Recording;

/// <summary>What one endpoint has seen: how many requests, how many at once, and the last of them.</summary>
internal sealed class Traffic(int recordLimit, TimeProvider timeProvider)
{
    private readonly ConcurrentQueue<RecordedRequest> _records = new();
    private readonly object _gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private int _requests;
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
            _requests++;
            _maxUnderWay = Math.Max(_maxUnderWay, ++_underWay);
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_waiters[i].Count > _requests)
                    continue;
                _waiters[i].Reached.TrySetResult();
                _waiters.RemoveAt(i);
            }
        }

        return record;
    }

    public void Leave()
    {
        lock (_gate)
            _underWay--;
    }

    public Task WhenReached(int count)
    {
        lock (_gate)
        {
            if (_requests >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task;
        }
    }

    public void Reset()
    {
        _records.Clear();
        lock (_gate)
        {
            _requests = 0;
            _maxUnderWay = _underWay;
        }
    }
}
