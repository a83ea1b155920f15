using OAuthClient.Http;

namespace OAuthClient.Tokens;

/// <summary>
/// What 401s tell about a token. An origin that rejects new tokens on their first use does not object to the token: asking for more is
/// backed off, for that origin alone, from a second to five minutes. A young token that is rejected after it was accepted has been
/// revoked by somebody: twice in a minute, and other instances are competing for it. Not thread-safe.
/// </summary>
internal sealed class Rejections
{
    private const long FirstBackOff = 1_000;
    private const long LongestBackOff = 300_000;
    private const long Young = 60_000;

    private readonly Dictionary<string, (int Count, long RetryAt)> _byOrigin = new(StringComparer.Ordinal);
    private volatile string[] _rejecting = [];
    private int _revocations;
    private long _lastRevocation;

    /// <summary>True while that origin's last answer was a 401; read without a lock.</summary>
    public bool IsRejecting(Origin origin)
    {
        var rejecting = _rejecting;
        return rejecting.Length > 0 && Array.IndexOf(rejecting, origin.Text) >= 0;
    }

    /// <summary>Notes a rejection of the current token; false where a new one would not help, or not yet.</summary>
    public bool TryNote(TokenEntry rejected, Origin origin, long now)
    {
        if (rejected.WasAcceptedBy(origin) && !rejected.WasRejectedBy(origin))
        {
            NoteRevocation(rejected, now);
            rejected.NoteRejected(origin);
        }

        var known = _byOrigin.GetValueOrDefault(origin.Text);
        if (now < known.RetryAt && !IsContended(now))
            return false;
        _byOrigin[origin.Text] = (known.Count + 1, now + Math.Min(FirstBackOff << Math.Min(known.Count, 20), LongestBackOff));
        _rejecting = [.. _byOrigin.Keys];
        return true;
    }

    /// <summary>Notes any answer other than 401.</summary>
    public void NoteAccepted(Origin origin)
    {
        if (_byOrigin.Remove(origin.Text))
            _rejecting = [.. _byOrigin.Keys];
    }

    /// <summary>True while tokens keep being revoked soon after they were issued.</summary>
    public bool IsContended(long now) => _revocations >= 2 && now - _lastRevocation < Young;

    private void NoteRevocation(TokenEntry rejected, long now)
    {
        if (now - rejected.ObtainedAt >= Young)
            return;
        _revocations = now - _lastRevocation < Young ? _revocations + 1 : 1;
        _lastRevocation = now;
    }
}
