namespace OAuthClient.Restraint;

// How often one token may be asked for, whatever the reason: three times at once, then once a second. Where instances revoke each other's
// tokens, once in about four seconds, so that each token lives long enough to be used. Not thread-safe.
internal sealed class AcquisitionBudget(Random random)
{
    private const double Burst = 3;
    private const double Spacing = 1_000;
    private const double ContendedSpacing = 4_000;
    private const long Courtesy = 250;

    private double _credit = Burst;
    private double _spacing = Spacing;
    private long _countedAt;

    public bool IsContended { get; set; }

    public long GetWait(long now)
    {
        // A request that still waits for its slot was counted at that slot.
        _credit = Math.Min(_credit + (Math.Max(0, now - _countedAt) / _spacing), IsContended ? 1 : Burst);
        _countedAt = Math.Max(_countedAt, now);
        var wait = _credit >= 1 ? 0 : _countedAt - now + (long)Math.Ceiling((1 - _credit) * _spacing);

        // Whoever has just revoked our token gets the time to use the new one.
        return IsContended ? Math.Max(wait, Courtesy) : wait;
    }

    // Spends one request, which is sent after the wait that GetWait told.
    public void Spend(long now)
    {
        var wait = GetWait(now);
        _credit = wait > 0 ? 0 : _credit - 1;
        _countedAt = now + wait;

        // Instances that compete must not stay in step.
        _spacing = IsContended ? ContendedSpacing * (0.75 + (random.NextDouble() * 0.4)) : Spacing;
    }
}
