using System.Net.Http.Headers;
using OAuthClient.Http;

namespace OAuthClient.Tokens;

/// <summary>
/// One token and the instants of its life, in the <see cref="LifetimeClock"/>'s milliseconds: fresh until <see cref="RefreshAt"/>,
/// stale until <see cref="ReplaceAt"/>, then expired. Where no replacement can be had it serves until <see cref="ExpiresAt"/>.
/// What APIs said about it is noted on it too.
/// </summary>
internal sealed class TokenEntry(OAuth2Token token, long obtainedAt, long refreshAt, long replaceAt, long expiresAt)
{
    public const string BearerScheme = "Bearer";

    private volatile Origin[] _acceptedBy = [];
    private volatile string? _rejectedBy;
    private volatile Origin? _settled;
    private long _refreshAt = refreshAt;

    public OAuth2Token Token => token;

    public long ObtainedAt => obtainedAt;

    public long RefreshAt => Volatile.Read(ref _refreshAt);

    public long ReplaceAt => replaceAt;

    public long ExpiresAt => expiresAt;

    /// <summary>The value of the Authorization header of nearly all clients, with this token in it.</summary>
    public AuthenticationHeaderValue Bearer { get; } = new(BearerScheme, token.Value);

    /// <summary>The header's value with this token in it for another scheme or header, kept here once made; see <see cref="Credentials"/>.</summary>
    public HeaderValue? Header { get; set; }

    /// <summary>
    /// An origin of which nothing more is to be noted until it rejects this token: it takes it, and everybody knows. What most calls ask,
    /// in one field.
    /// </summary>
    public Origin? Settled => _settled;

    /// <summary>True where an API of that origin has answered other than 401 to this token.</summary>
    public bool WasAcceptedBy(Origin origin)
    {
        foreach (var accepting in _acceptedBy)
        {
            if (ReferenceEquals(accepting, origin) || accepting.Text == origin.Text)
                return true;
        }

        return false;
    }

    public void NoteAccepted(Origin origin)
    {
        if (!WasAcceptedBy(origin))
            _acceptedBy = [.. _acceptedBy, origin];
    }

    /// <summary>Notes that nothing more is to be noted of that origin for now.</summary>
    public void Settle(Origin? origin) => _settled = origin;

    /// <summary>True where that origin rejected the token and another is asked for: no use in sending it there meanwhile.</summary>
    public bool WasRejectedBy(Origin origin) => _rejectedBy == origin.Text;

    /// <summary>Notes that, and that the token is no longer fresh.</summary>
    public void NoteRejected(Origin origin)
    {
        _rejectedBy = origin.Text;
        MakeStale();
    }

    /// <summary>True once it was tried at the end of its life to replace it, which happens once whatever is remembered.</summary>
    public bool WasLastAttemptMade { get; set; }

    /// <summary>Lets nobody have it replaced before then; a token that an API rejected stays stale for that API.</summary>
    public void Postpone(long until)
    {
        if (_rejectedBy is null)
            Volatile.Write(ref _refreshAt, Math.Min(until, ReplaceAt));
    }

    /// <summary>Lets the next caller have the token replaced.</summary>
    public void MakeStale() => Volatile.Write(ref _refreshAt, long.MinValue);

    /// <summary>
    /// This entry where the server answered with the token of <paramref name="previous"/> again: it would do so until that expires,
    /// so it is not asked before. The earlier of both expiries counts, unless it has passed and the server says otherwise.
    /// </summary>
    public TokenEntry UntilExpiry(TokenEntry previous, long now)
    {
        var isEarlier = previous.ExpiresAt < expiresAt && now < previous.ExpiresAt;
        var end = isEarlier ? previous.ExpiresAt : expiresAt;
        return new TokenEntry(isEarlier ? previous.Token : token, previous.ObtainedAt, end, end, end) { _acceptedBy = previous._acceptedBy, _rejectedBy = previous._rejectedBy };
    }
}
