namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>A refresh token; guarded by the lock of <see cref="TokenStore"/>.</summary>
internal sealed class RefreshToken(string value, Authorization authorization, IReadOnlyList<string> scopes, DateTimeOffset expiresAt)
{
    public string Value => value;

    public Authorization Authorization => authorization;

    public IReadOnlyList<string> Scopes => scopes;

    /// <summary>Revoked by someone, or used where refresh tokens rotate.</summary>
    public bool Spent { get; set; }

    public bool IsLive(DateTimeOffset now) => !Spent && now < expiresAt;
}
