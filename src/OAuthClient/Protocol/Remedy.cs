namespace OAuthClient.Protocol;

// What helps against an answer that is an error, by what the client has set.
internal sealed class Remedy(string setting, string what, HttpResponseMessage response, TokenAnswer? body, ClientSettings? client)
{
    public const string SignIn = "authorization endpoint"; // No setting holds it.
    private const int Skew = 60; // Seconds that clocks may differ by before it is worth telling.

    public string Find(string? error, string?[] secrets, DateTimeOffset now) => (error, (int)response.StatusCode) switch
    {
        (_, 429) => "It limits the rate of requests; the library waits before it asks again.",
        (_, >= 500) => "It is out of order for now; the library asks again later.",
        ("invalid_client" or "invalid_token", _) => OfClient() + OfClocks(now),
        ("invalid_grant", _) => OfGrant(),
        ("invalid_dpop_proof" or "use_dpop_nonce", _) => $"Set DPoP to true where the server wants tokens that are bound to a key, and check DPoPKeyFile.{OfClocks(now)}",
        ("unauthorized_client", _) or ("unsupported_grant_type", _) => "Allow the grant type for this application at the authorization server, or set GrantType to one that it allows.",
        ("invalid_scope", _) => "Check Scopes: each must be registered for this application.",
        ("invalid_request" or "invalid_target", _) when body?.ErrorDescription?.Contains("DPoP", StringComparison.OrdinalIgnoreCase) == true && client is { DPoP: false } => "The server wants tokens that are bound to a key: set DPoP to true.",
        (_, 404 or 405) => $"There is no {what} at this address; check {setting}{(client?.Organization is null ? "" : " and Organization")}.",
        ("invalid_request", _) => client?.GrantType switch
        {
            GrantTypes.TokenExchange => "Check SubjectToken and ActorToken, wherever they come from, their types, and Audience.",
            GrantTypes.OrganizationSwitch => "Check SwitchingOrganization, and SubjectToken, wherever it comes from.",
            _ => "Check GrantType, Audience, Parameters and ClientAuthenticationMethod.",
        },
        ("invalid_target", _) => "Check Audience and Resources: the server must know what the token is to be for.",
        ("access_denied", _) => "The user, or a policy of the server, has said no.",
        (_, >= 300 and < 400) when what == SignIn => $"It sends a user's browser elsewhere. Allow app-native authentication for the application at the authorization server, and check {setting}.",
        (_, >= 300 and < 400) => $"Redirects of the {what} are not followed; set {setting} to the final address{(response.Headers.Location is { } location ? $", perhaps {SafeText.Show(location, secrets)}" : "")}.",
        (_, >= 200 and < 300) when setting == nameof(OAuth2ClientOptions.IntrospectionEndpoint) => $"That does not say whether the token is active; check {setting}.",
        (_, >= 200 and < 300) when setting == nameof(OAuth2ClientOptions.RevocationEndpoint) => $"Nothing was revoked; check {setting} and the client's settings.",
        (_, >= 200 and < 300) when what == SignIn || setting != nameof(OAuth2ClientOptions.TokenEndpoint) => $"The answer is not what such an endpoint says; check {setting}, and that no page or proxy is in front of it.",
        (_, >= 200 and < 300) when body is null => "That is no JSON; check that TokenEndpoint is the token endpoint and no page or proxy in front of it.",
        (_, >= 200 and < 300) when body.Fault is { } fault => $"The answer {fault}, so it was not used; check that {setting} is the {what}, and ask its operator to mend it.",
        (_, >= 200 and < 300) => "The answer holds no usable access_token; check that TokenEndpoint is the token endpoint.",
        _ => $"Check {setting} and the client's settings.",
    };

    private string OfClient() => client?.AuthenticationMethod switch
    {
        ClientAuthenticationMethod.PrivateKeyJwt when client.ClientAssertion is not null => "Check ClientId, and that the server trusts whom the assertion of ClientAssertionFile or ClientAssertionCallback is from, and knows its subject.",
        ClientAuthenticationMethod.PrivateKeyJwt => "Check ClientId, that the public half of PrivateKey or PrivateKeyFile is registered for it, PrivateKeyId, and ClientAssertionAudience.",
        ClientAuthenticationMethod.ClientSecretJwt => "Check ClientId, ClientSecret and ClientAssertionAlgorithm.",
        ClientAuthenticationMethod.TlsClientAuth or ClientAuthenticationMethod.SelfSignedTlsClientAuth => "Check ClientId, and that the certificate of ClientCertificateFile or ClientCertificateCallback is registered for it.",
        _ => "Check ClientId and ClientSecret, that both belong to this server and environment, that the application is active, and that ClientAuthenticationMethod and BasicCredentialEncoding are those that it reads.",
    };

    private string OfGrant() => client?.GrantType switch
    {
        GrantTypes.JwtBearer or GrantTypes.SamlBearer => "Check Assertion, wherever it comes from: that it has neither expired nor been used, is for this server, and that the server trusts whom it is from.",
        GrantTypes.TokenExchange or GrantTypes.OrganizationSwitch => "Check SubjectToken and ActorToken, wherever they come from: that they have neither expired nor been revoked.",
        GrantTypes.DeviceCode or GrantTypes.AuthorizationCode => "The code, or the refresh token that came of it, is no longer good; sign in again.",
        GrantTypes.RefreshToken => "The refresh token has expired, was revoked, or was used before.",
        _ => "Check Username and Password, and that the account is not locked; for a refresh token or an assertion, that it has neither expired nor been used.",
    };

    // What is signed says when, and by which clock nobody sees.
    private string OfClocks(DateTimeOffset now)
    {
        var ahead = (int)((response.Headers.Date ?? now) - now).TotalSeconds;
        var isSigner = client is { DPoP: true } or { AuthenticationMethod: ClientAuthenticationMethod.PrivateKeyJwt or ClientAuthenticationMethod.ClientSecretJwt };
        return isSigner && Math.Abs(ahead) > Skew ? $" The server's clock is {Math.Abs(ahead)} s {(ahead > 0 ? "ahead of" : "behind")} the one here; what is signed needs both to be right." : "";
    }
}
