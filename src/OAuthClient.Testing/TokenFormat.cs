namespace OAuthClient.Testing;

/// <summary>What the access tokens of an <see cref="OAuth2TestServer"/> look like.</summary>
public enum TokenFormat
{
    /// <summary>A signed JWT (ES256) whose key is published at the server's JWKS endpoint. The default.</summary>
    Jwt,

    /// <summary>A random string that means nothing to anyone but the server.</summary>
    Opaque,
}
