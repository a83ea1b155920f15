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

    /// <summary>One token is exchanged for another (RFC 8693). Needs <see cref="OAuth2ClientOptions.SubjectToken"/> or another that begins so.</summary>
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    /// <summary>A signed JWT is exchanged for a token (RFC 7523 §2.1). Needs <see cref="OAuth2ClientOptions.Assertion"/> or another that begins so.</summary>
    public const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    /// <summary>A SAML assertion is exchanged for a token (RFC 7522 §2.1). Needs <see cref="OAuth2ClientOptions.Assertion"/> or another that begins so.</summary>
    public const string SamlBearer = "urn:ietf:params:oauth:grant-type:saml2-bearer";

    /// <summary>A user enters a code on another device (RFC 8628 §3.4). The code is shown by <see cref="OAuth2ClientOptions.DeviceCodeCallback"/>.</summary>
    public const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";

    /// <summary>An agent signs in as a user does, at Asgardeo or Identity Server (RFC 6749 §4.1 with RFC 7636). Needs <see cref="OAuth2ClientOptions.AgentId"/>, its secret and <see cref="OAuth2ClientOptions.RedirectUri"/>; users cannot sign in so.</summary>
    public const string AuthorizationCode = "authorization_code";

    /// <summary>A token is exchanged for one of another organization, as WSO2's servers do it. Needs <see cref="OAuth2ClientOptions.SubjectToken"/> or another that begins so, and <see cref="OAuth2ClientOptions.SwitchingOrganization"/>.</summary>
    public const string OrganizationSwitch = "organization_switch";
}
