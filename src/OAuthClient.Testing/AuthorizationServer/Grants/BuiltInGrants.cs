using System.Collections.Frozen;
using OAuthClient.Testing.AuthorizationServer.Login;

namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>The grants that the server knows by itself; a client has to have one among its own to use it.</summary>
internal static class BuiltInGrants
{
    public const string AuthorizationCode = "authorization_code";
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    public const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    public const string SamlBearer = "urn:ietf:params:oauth:grant-type:saml2-bearer";
    public const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";
    public const string OrganizationSwitch = "organization_switch";

    /// <summary>The names in the order of the metadata.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["client_credentials", "password", "refresh_token", AuthorizationCode, TokenExchange, JwtBearer, SamlBearer, DeviceCode, OrganizationSwitch];

    /// <summary>Those that are more than a client, a user or a refresh token.</summary>
    public static FrozenDictionary<string, IGrant> Create(
        OAuth2TestServerOptions options, FrozenDictionary<string, TestUser> users, TokenStore tokens, DeviceCodes devices, Logins logins)
    {
        var presented = new PresentedTokens(tokens, options.TimeProvider);
        return new Dictionary<string, IGrant>(StringComparer.Ordinal)
        {
            [AuthorizationCode] = new AuthorizationCodeGrant(logins),
            [TokenExchange] = new TokenExchangeGrant(presented),
            [JwtBearer] = new JwtBearerGrant(options, users, presented),
            [SamlBearer] = new SamlBearerGrant(options, users),
            [DeviceCode] = new DeviceCodeGrant(users, devices),
            [OrganizationSwitch] = new OrganizationSwitchGrant(options, presented),
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
