namespace OAuthClient;

/// <summary>What the authorization server says of a token (RFC 7662 §2.2). Members that it does not tell are null.</summary>
public sealed class OAuth2TokenIntrospection
{
    /// <summary>True where the token is good: issued by this server, neither expired nor revoked.</summary>
    public bool IsActive { get; init; }

    /// <summary>The token's scope, space-delimited.</summary>
    public string? Scope { get; init; }

    /// <summary>The client that it was issued to.</summary>
    public string? ClientId { get; init; }

    /// <summary>The name, for people to read, of the user who authorized it.</summary>
    public string? Username { get; init; }

    /// <summary>The token's type, such as <c>Bearer</c>.</summary>
    public string? TokenType { get; init; }

    /// <summary>Whom it is about: a user, or a client that acts for itself.</summary>
    public string? Subject { get; init; }

    /// <summary>The APIs that it is meant for.</summary>
    public IReadOnlyList<string> Audience { get; init; } = [];

    /// <summary>Who issued it.</summary>
    public string? Issuer { get; init; }

    /// <summary>When it was issued.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>When it expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
