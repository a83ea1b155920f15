namespace OAuthClient.Tokens;

/// <summary>
/// One token and the instants of its life, in the <see cref="LifetimeClock"/>'s milliseconds: fresh until <see cref="RefreshAt"/>,
/// stale until <see cref="ReplaceAt"/>, then expired. Where no replacement can be had it serves until <see cref="ExpiresAt"/>.
/// </summary>
internal sealed class TokenEntry(OAuth2Token token, string? refreshToken, long refreshAt, long replaceAt, long expiresAt)
{
    public OAuth2Token Token => token;

    public string? RefreshToken => refreshToken;

    public long RefreshAt => refreshAt;

    public long ReplaceAt => replaceAt;

    public long ExpiresAt => expiresAt;

    /// <summary>The header's value with this token in it, kept here once made; see <see cref="Http.Credentials"/>.</summary>
    public Http.HeaderValue? Header { get; set; }

    /// <summary>
    /// This entry where the server answered with the token of <paramref name="previous"/> again: it would do so until that expires,
    /// so it is not asked before. The earlier of both expiries counts.
    /// </summary>
    public TokenEntry UntilExpiry(TokenEntry previous)
    {
        var end = Math.Min(expiresAt, previous.ExpiresAt);
        return new TokenEntry(end == expiresAt ? token : previous.Token, refreshToken, end, end, end);
    }
}
