namespace OAuthClient.Tokens;

// A refresh token, which belongs to server, client and user, whatever credentials and scopes it is used with: two uses at a time, or the
// use of one that has been rotated, look like theft to a server. All fetches that may use it take turns.
internal sealed class RefreshTokenSlot(string? initial)
{
    private readonly object _gate = new();
    private volatile string? _value = initial;
    private volatile TokenFetch? _last;
    private int _taken;
    public bool MayRotate { get; private set; } = true; // False where the server is known to leave refresh tokens as they are.

    // True where there is nothing in it, nor a fetch under way that may bring something.
    public bool IsEmpty => _value is null && _last is null;

    public TokenFetch? Enter(TokenFetch fetch) => Interlocked.Exchange(ref _last, fetch);

    // Ends a fetch. One that never was sent leaves to those who come the one that it was waiting for.
    public void Leave(TokenFetch fetch, FetchOutcome outcome)
    {
        Interlocked.CompareExchange(ref _last, fetch.Before, fetch);
        fetch.Complete(outcome);
    }

    public (string? Value, int Taken) Read()
    {
        lock (_gate)
            return (_value, _taken);
    }

    // Notes what a fetch has made of what it read, unless the user has taken that away meanwhile.
    public void Write(string? used, int taken, Acquisition acquired)
    {
        lock (_gate)
        {
            if (taken == _taken)
                _value = acquired.RefreshToken;
            if (acquired.WasRefreshed)
                MayRotate = acquired.RefreshToken != used;
        }
    }

    // Takes over what another instance has got by what was read; false where it is known, or the user has taken that away meanwhile.
    public bool Put(string refreshToken, int taken)
    {
        lock (_gate)
        {
            if (taken != _taken || refreshToken == _value)
                return false;
            _value = refreshToken;
            return true;
        }
    }

    public string? Take()
    {
        lock (_gate)
        {
            _taken++;
            (var value, _value) = (_value, null);
            return value;
        }
    }
}
