namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>A refresh token; guarded by the lock of <see cref="TokenStore"/>.</summary>
internal sealed class RefreshToken(string value, Authorization authorization, IReadOnlyList<string> scopes, DateTimeOffset expiresAt)
{
    public string Value => value;

    public Authorization Authorization => authorization;

    public IReadOnlyList<string> Scopes => scopes;

    public DateTimeOffset ExpiresAt => expiresAt;

    /// <summary>What it is bound to; the client's authentication binds that of a confidential one (RFC 9449 section 5, RFC 8705 section 4).</summary>
    public Confirmation? Confirmation { get; } = authorization.OfPublicClient ? authorization.Confirmation : null;

    /// <summary>Used where refresh tokens rotate: whoever brings it again breaks the rule.</summary>
    public bool Used { get; set; }

    public bool Expired(DateTimeOffset now) => now >= expiresAt;

    public bool IsLive(DateTimeOffset now) => !Used && !authorization.Revoked && !Expired(now);
}
