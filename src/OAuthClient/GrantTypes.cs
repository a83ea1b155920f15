namespace OAuthClient;

/// <summary>The wire values of <c>grant_type</c> that have a name of their own here; any other string works too.</summary>
public static class GrantTypes
{
    /// <summary>The application acts for itself (RFC 6749 §4.4). The default.</summary>
    public const string ClientCredentials = "client_credentials";

    /// <summary>A user's name and password are exchanged for a token (RFC 6749 §4.3).</summary>
    /// <remarks>RFC 9700 §2.4 advises against this grant; use it where the authorization server offers nothing else.</remarks>
    public const string Password = "password";

    /// <summary>A refresh token obtained elsewhere, given as the parameter <c>refresh_token</c> (RFC 6749 §6).</summary>
    public const string RefreshToken = "refresh_token";

    /// <summary>One token is exchanged for another (RFC 8693). Needs the parameters <c>subject_token</c> and <c>subject_token_type</c>.</summary>
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    /// <summary>A signed assertion is exchanged for a token (RFC 7523 §2.1). Needs the parameter <c>assertion</c>.</summary>
    public const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
}
