namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>An access token that this server has issued, whatever has become of it.</summary>
internal sealed class IssuedToken(string value, string id, Authorization authorization, IReadOnlyList<string> scopes, DateTimeOffset expiresAt)
{
    private volatile bool _revoked;

    public string Value => value;

    /// <summary>The <c>jti</c> of a JWT; opaque tokens have one too, to be told apart by.</summary>
    public string Id => id;

    public Authorization Authorization => authorization;

    public IReadOnlyList<string> Scopes => scopes;

    public string Scope { get; } = string.Join(' ', scopes);

    public DateTimeOffset ExpiresAt => expiresAt;

    public Confirmation? Confirmation { get; } = authorization.Confirmation;

    /// <summary>The <c>token_type</c>: a token that is bound to a certificate alone is a bearer token over the right connection (RFC 8705 section 3).</summary>
    public string Type => Confirmation?.KeyThumbprint is null ? "Bearer" : "DPoP";

    public DateTimeOffset IssuedAt { get; init; }

    public RefreshToken? RefreshToken { get; set; }

    public bool Revoked => _revoked;

    public void Revoke() => _revoked = true;

    public bool IsLive(DateTimeOffset now) => !_revoked && now < expiresAt;
}
