namespace OAuthClient.Restraint;

// What all tokens of one token endpoint have in common: it is asked at most a hundred times in any minute (WSO2's allow two hundred an
// address), and while it is out of order one request at a time finds out whether it still is.
internal sealed class EndpointGate(Random random)
{
    private const int PerWindow = 100;
    private const long Window = 60_000;
    private const long LongestWait = 5_000;

    private readonly object _gate = new();
    private readonly BackOff _outage = BackOff.ForOutage(random);
    private readonly long[] _sentAt = [.. Enumerable.Repeat(long.MinValue / 2, PerWindow)];
    private int _oldest;
    private bool _isProbing;
    private TokenFailure? _lastFailure;

    public TokenFailure? GetOutage(long now, bool isDue = false)
    {
        lock (_gate)
            return _outage.GetRemembered(now, isDue) ?? (_isProbing && !isDue ? _lastFailure! with { RetryAfter = TimeSpan.FromSeconds(1), WasTried = false } : null);
    }

    // Takes the next slot, wait milliseconds away. None in an outage, or while another request finds out whether it is over, unless one is due.
    public TokenFailure? Enter(long now, bool isDue, out long wait)
    {
        lock (_gate)
        {
            wait = Math.Max(0, _sentAt[_oldest] + Window - now);
            if (GetOutage(now, isDue) is { } failure)
                return failure;
            if (wait > LongestWait)
                return new TokenFailure($"{PerWindow} token requests were sent to this endpoint within a minute, and the next would have to wait for more than {LongestWait / 1000} s. Ask for fewer different tokens, or use each longer.", IsTransient: true, RetryAfter: TimeSpan.FromMilliseconds(wait)) { WasTried = false };
            _sentAt[_oldest] = now + wait;
            _oldest = (_oldest + 1) % PerWindow;
            _isProbing = _outage.HasFailed;
            return null;
        }
    }

    // Notes how a request ended: anything but a transient failure shows that the server works.
    public void Leave(TokenFailure? failure, long now)
    {
        lock (_gate)
        {
            _isProbing = false;
            if (failure is { WasTried: false })
                return;
            _lastFailure = failure;
            if (failure is { IsOutage: true })
                _outage.Remember(failure, now);
            else
                _outage.Clear();
        }
    }
}
