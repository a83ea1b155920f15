namespace OAuthClient.Store;

// Leaves a store that failed alone for a while, then lets one who needs it find out whether it still does.
internal sealed class StoreCircuit
{
    private const long Pause = 2_000;
    private const long TellEvery = 60_000; // What fails now and then, or at one operation alone, is told of no more often.

    private readonly object _gate = new();
    private volatile bool _hasFailed;
    private bool _isTold;
    private long _closedUntil;
    private long _toldAt = long.MinValue / 2;

    public bool HasFailed => _hasFailed;

    public bool TryEnter(long now)
    {
        lock (_gate)
        {
            if (!_hasFailed)
                return true;
            if (now < _closedUntil)
                return false;
            _closedUntil = now + Pause;
            return true;
        }
    }

    // True where that is to be told.
    public bool Note(bool hasFailed, long now)
    {
        lock (_gate)
        {
            _hasFailed = hasFailed;
            _closedUntil = now + Pause;
            if (hasFailed == _isTold || (hasFailed && now - _toldAt < TellEvery))
                return false;
            _isTold = hasFailed;
            if (hasFailed)
                _toldAt = now;
            return true;
        }
    }
}
