namespace OAuthClient.Testing;

/// <summary>What an <see cref="OAuth2TestServer"/> knows of an access token that it has issued, but for its value.</summary>
public sealed class TestToken
{
    internal TestToken(AuthorizationServer.IssuedToken token, DateTimeOffset now)
    {
        Id = token.Id;
        ClientId = token.Authorization.Client.ClientId;
        Username = token.Authorization.Username;
        Scope = token.Scope;
        IssuedAt = token.IssuedAt;
        ExpiresAt = token.ExpiresAt;
        IsRevoked = token.Revoked;
        IsLive = token.IsLive(now);
    }

    /// <summary>The <c>jti</c> of a JWT (RFC 7519 section 4.1.7); opaque tokens have one too, to be told apart by.</summary>
    public string Id { get; }

    /// <summary>The client that it was issued to.</summary>
    public string ClientId { get; }

    /// <summary>The user that it is for; <see langword="null"/> where it is for the client itself.</summary>
    public string? Username { get; }

    /// <summary>Its scopes, separated by spaces.</summary>
    public string Scope { get; }

    /// <summary>When it was issued, by the server's clock.</summary>
    public DateTimeOffset IssuedAt { get; }

    /// <summary>When it expires, by the server's clock.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Whether it has been revoked, by whomever.</summary>
    public bool IsRevoked { get; }

    /// <summary>Whether the gateway would take it: it is neither expired nor revoked.</summary>
    public bool IsLive { get; }
}
