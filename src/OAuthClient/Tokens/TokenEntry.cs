using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Tokens;

// A token as a header carries it, finished once for all requests; the text on demand, since it is as long as the token.
internal sealed class HeaderValue(string scheme, string token)
{
    public string Scheme => scheme;
    public string Text => field ??= scheme.Length == 0 ? token : $"{scheme} {token}";
    public string Hash => field ??= DPoPProver.HashOf(token);
    public AuthenticationHeaderValue? Authorization { get; } = scheme.Length == 0 ? null : new AuthenticationHeaderValue(scheme, token);
}

// One token and the instants of its life, in the SteadyClock's milliseconds: fresh until RefreshAt, stale until ReplaceAt, then expired.
// Where no replacement can be had it serves until ExpiresAt. What APIs said about it is noted on it too.
internal sealed class TokenEntry(OAuth2Token token, long obtainedAt, long refreshAt, long replaceAt, long expiresAt)
{
    public const string BearerScheme = "Bearer";

    private volatile Origin[] _acceptedBy = [];
    private volatile Origin[] _rejectedBy = [];
    private volatile Origin? _settled;
    private long _refreshAt = refreshAt;

    public OAuth2Token Token => token;
    public long ObtainedAt => obtainedAt;
    public long RefreshAt => Volatile.Read(ref _refreshAt);
    public long ReplaceAt => replaceAt;
    public long ExpiresAt => expiresAt;
    public AuthenticationHeaderValue Bearer { get; } = new(BearerScheme, token.Value); // The value of the Authorization header of nearly all clients, with this token in it.
    public X509Certificate2? Certificate { get; init; } // What the connection presented that it was asked for over, and may be bound to (RFC 8705 §3).
    public HeaderValue? Header { get; set; } // The header's value with this token in it for another scheme or header, kept here once made; see CallHeaders.

    // An origin of which nothing more is to be noted until it rejects this token: it takes it, and everybody knows. What most calls ask, in one field.
    public Origin? Settled { get => _settled; set => _settled = value; }

    // True where an API of that origin has answered other than 401 to this token.
    public bool WasAcceptedBy(Origin origin) => Contains(_acceptedBy, origin);

    public void NoteAccepted(Origin origin)
    {
        if (!WasAcceptedBy(origin))
            _acceptedBy = [.. _acceptedBy, origin];
        if (WasRejectedBy(origin))
            _rejectedBy = [.. _rejectedBy.Where(rejecting => rejecting.Text != origin.Text)];
    }

    // True where that origin rejected the token and another is asked for: no use in sending it there meanwhile.
    public bool WasRejectedBy(Origin origin) => Contains(_rejectedBy, origin);

    public void NoteRejected(Origin origin)
    {
        if (!WasRejectedBy(origin))
            _rejectedBy = [.. _rejectedBy, origin];
        MakeStale();
    }

    public bool IsRejected => _rejectedBy.Length > 0;
    public bool WasLastAttemptMade { get; set; } // True once it was tried at the end of its life to replace it, which happens once whatever is remembered.

    // Lets nobody have it replaced before then; a token that an API rejected stays stale for that API.
    public void Postpone(long until)
    {
        if (_rejectedBy.Length == 0)
            Volatile.Write(ref _refreshAt, Math.Min(until, ReplaceAt));
    }

    public void MakeStale() => Volatile.Write(ref _refreshAt, long.MinValue);

    // This entry where the server answered with the token of previous again: it would do so until that expires, so it is not asked before. The
    // earlier of both expiries counts, unless it has passed and the server says otherwise.
    public TokenEntry UntilExpiry(TokenEntry previous, long now)
    {
        var isEarlier = previous.ExpiresAt < expiresAt && now < previous.ExpiresAt;
        var end = isEarlier ? previous.ExpiresAt : expiresAt;
        return new TokenEntry(isEarlier ? previous.Token : token, previous.ObtainedAt, end, end, end) { _acceptedBy = previous._acceptedBy, _rejectedBy = previous._rejectedBy, Certificate = isEarlier ? previous.Certificate : Certificate };
    }

    private static bool Contains(Origin[] origins, Origin origin) => Array.Exists(origins, known => known.Text == origin.Text);
}
