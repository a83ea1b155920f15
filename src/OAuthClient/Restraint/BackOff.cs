namespace OAuthClient.Restraint;

// The memory of a failure: until it fades no request is sent, and who needs a token gets the same failure at once. The wait doubles with every
// failure in a row; a server that names a longer one gets it. Not thread-safe.
internal sealed class BackOff(TimeSpan first, TimeSpan longest, Random random)
{
    private TokenFailure? _failure;
    private long _until;
    private long _askedUntil;
    private long _barredUntil;
    private int _count;

    public static BackOff ForOutage(Random random) => new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), random);

    public static BackOff ForRefusedPassword(Random random) => new(TimeSpan.FromMinutes(15), TimeSpan.FromDays(1), random);

    // Backs off from ten seconds to a quarter of an hour: a secret may be refused until the server has heard of it.
    public static BackOff ForRefusedSecret(Random random) => new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(15), random);

    public bool HasFailed => _count > 0;

    // The failure while it is remembered, with the time that is left of the bar that holds.
    // isDue: True for an attempt that only a wait which the server asked for holds up.
    public TokenFailure? GetRemembered(long now, bool isDue = false) =>
        now < (isDue ? _askedUntil : _until) ? _failure! with { RetryAfter = TimeSpan.FromMilliseconds(Math.Max(_until, _barredUntil) - now), WasTried = false } : null;

    // What the last attempt met with, whether it still keeps the next one back or not, with the time that is left of a bar; null after one that did not fail.
    public TokenFailure? GetLast(long now) => GetRemembered(now) ?? (_failure is null ? null : _failure with { RetryAfter = now < _barredUntil ? TimeSpan.FromMilliseconds(_barredUntil - now) : null, WasTried = false });

    // How long to wait after a failure that has come after so many in a row.
    public TimeSpan GetWait(int count) => TimeSpan.FromMilliseconds(Math.Min(first.TotalMilliseconds * Math.Pow(2, count), longest.TotalMilliseconds) * (1 - (random.NextDouble() / 4)));

    public void Remember(TokenFailure failure, long now)
    {
        _failure = failure;
        _askedUntil = now + (long)(failure.RetryAfter?.TotalMilliseconds ?? 0);
        _until = Math.Max(now + (long)GetWait(_count++).TotalMilliseconds, _askedUntil);
        _barredUntil = 0;
    }

    // Remembers what somebody else found out, for as long as that says but no longer than five seconds.
    public void Repeat(TokenFailure failure, long now, bool isDue = false)
    {
        _failure = failure;
        _until = now + (long)Math.Min(5_000, failure.RetryAfter?.TotalMilliseconds ?? 1_000);
        _askedUntil = isDue ? _until : 0;
        _barredUntil = now + (long)(failure.RetryAfter?.TotalMilliseconds ?? 0);
    }

    public void Clear()
    {
        _failure = null;
        _until = _askedUntil = _barredUntil = 0;
        _count = 0;
    }
}
