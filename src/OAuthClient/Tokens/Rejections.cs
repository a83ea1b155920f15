namespace OAuthClient.Tokens;

// What 401s tell about a token. An origin that rejects new tokens on their first use does not object to the token: asking for more is backed off,
// for that origin alone, from a second to five minutes. A young token that is rejected after it was accepted has been revoked by somebody: twice
// in a minute, and other instances compete for it; then a new one may be revoked before its first use as well. Not thread-safe.
internal sealed class Rejections(Random random)
{
    private const long FirstBackOff = 1_000;
    private const long LongestBackOff = 300_000;
    private const long Young = 60_000;
    private const int Doubtful = 3;

    // What each origin said last: RetryAt, when the next token is asked for if it rejects on; GoodAt, when it last took one, or found one revoked
    // that it had taken, or null.
    private readonly Dictionary<string, (int Count, long RetryAt, long? GoodAt, string? Token)> _byOrigin = new(StringComparer.Ordinal);
    private volatile string[] _rejecting = [];
    private int _revocations;
    private long _lastRevocation;

    // True while that origin's last answer was a 401; read without a lock.
    public bool IsRejecting(Origin origin)
    {
        var rejecting = _rejecting;
        return rejecting.Length > 0 && Array.IndexOf(rejecting, origin.Text) >= 0;
    }

    // Notes a rejection of the current token; false where a new one would not help, or not yet.
    public bool TryNote(TokenEntry rejected, Origin origin, long now)
    {
        var known = _byOrigin.GetValueOrDefault(origin.Text);
        if (rejected.WasAcceptedBy(origin) && !rejected.WasRejectedBy(origin))
        {
            if (now - rejected.ObtainedAt < Young)
                (_revocations, _lastRevocation) = (now - _lastRevocation < Young ? _revocations + 1 : 1, now);
            known = (0, 0, now, null);
        }

        // A few new ones that are rejected on their first use may be bad luck where the origin took one just before.
        var token = rejected.Token.Value;
        var mayBeBadLuck = token != known.Token && known.Count < Doubtful && now - known.GoodAt < Young;
        if (now < known.RetryAt && !mayBeBadLuck && !IsContended(now))
            return false;
        rejected.NoteRejected(origin);
        Set(origin, (known.Count + 1, now + GetBackOff(known.Count), known.GoodAt, token));
        return true;
    }

    public void NoteAccepted(Origin origin, long now) => Set(origin, (0, 0, now, null));

    // Takes back what looked as if others competed for the token.
    public void Forgive() => _revocations = 0;

    public bool IsContended(long now) => _revocations >= 2 && now - _lastRevocation < Young;

    // Instances that start together must not stay in step.
    private long GetBackOff(int count) => (long)(Math.Min(FirstBackOff << Math.Min(count, 20), LongestBackOff) * (1 - (random.NextDouble() / 4)));

    private void Set(Origin origin, (int, long, long?, string?) state)
    {
        _byOrigin[origin.Text] = state;
        _rejecting = [.. _byOrigin.Where(pair => pair.Value.Count > 0).Select(pair => pair.Key)];
    }
}
