using System.Net;
using System.Text.RegularExpressions;
using OAuthClient;

namespace CallApi;

/// <summary>Why there was no token, and which setting to change.</summary>
internal sealed class TokenDiagnosis(OAuth2ClientOptions options, Func<IReadOnlyDictionary<string, string?>, CancellationToken, Task<bool>> tryAsync, ServerProbe probe)
{
    /// <param name="exception">What the library says.</param>
    /// <param name="doubt">What looked odd about the secret.</param>
    /// <param name="status">The status of the last answer.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<Failure> ExplainAsync(OAuth2TokenException exception, string? doubt, HttpStatusCode? status, CancellationToken stop)
    {
        var failure = LibraryText.Split(exception.Message);
        var says = exception.ErrorDescription ?? "";
        var remedy = exception.Error switch
        {
            _ when status is null && await probe.FindTlsAsync(options.TokenEndpoint ?? options.Issuer!, stop) is { } tls => tls.Remedy,

            // The token of another client is asked for first.
            _ when exception.Message.Contains("OAuth2 client 'api'", StringComparison.Ordinal) && exception.Message.LastIndexOf("OAuth2 client '", StringComparison.Ordinal) > 0 => null,
            "invalid_client" or "unauthorized_client" when IsUnknown(says) => $"Check OAuth2:ClientId: this server does not know '{options.ClientId}'. It is that of another server, environment or organization, or has been deleted.",
            "invalid_client" when Has(says, "block|inactiv|disabl|suspend|not active") => "The application is blocked or not active: have it activated in the portal, or set OAuth2:ClientId and OAuth2:ClientSecret to another one's.",
            "invalid_client" when ClientAuthentication.UsesSecret(options) => await ExplainSecretAsync(doubt, stop),
            "invalid_client" when ClientAuthentication.Method(options) == ClientAuthenticationMethod.None => "The server wants the client to prove itself: set OAuth2:ClientSecret and leave OAuth2:ClientAuthenticationMethod out, or have the application registered as a public client. Check OAuth2:ClientId, too.",
            "invalid_grant" when options.GrantType == GrantTypes.Password => Has(says, "lock")
                ? "The account of OAuth2:Username is locked: have it unlocked, and check OAuth2:Password before the next try."
                : "Check OAuth2:Username and OAuth2:Password. Further tries with a wrong one lock the account.",
            "invalid_grant" when options.GrantType == GrantTypes.RefreshToken => "The refresh token in OAuth2:Parameters:refresh_token has expired, was revoked, or was used before: sign in again, and set the new one.",
            "unauthorized_client" or "unsupported_grant_type" => $"The server does not let this application use the grant '{options.GrantType}': allow it for the application in the portal, or set OAuth2:GrantType to one that is allowed.",
            "invalid_scope" => $"The server refuses a scope of OAuth2:Scopes ('{string.Join(' ', options.Scopes)}'): spell each as the portal does, and have it allowed for the application.",
            "invalid_target" => "The server does not know what the token is to be for: check OAuth2:Audience and OAuth2:Resources.",
            _ when options.Organization is { } organization && (status == HttpStatusCode.NotFound || Has(says, "tenant|organi[sz]ation")) => $"Check OAuth2:Organization ('{organization}'): {options.Provider} has no such organization, or it is in another region (OAuth2:Region).",
            null when Has(exception.Message, "granted '.*' and not '") => "Take out of OAuth2:Scopes what the server does not grant, have it allowed for the application, or unset OAuth2:RequireAllScopes.",
            null when Has(exception.Message, "a token of type '.*', but Bearer is expected") => "Configure the application to get bearer tokens; where the API takes these, set OAuth2:HeaderScheme to the scheme that it wants, or OAuth2:DPoP to true.",
            _ when Has(says, @"\baudience\b") => "Set OAuth2:Audience to the API's name at the authorization server.",
            _ => null,
        };
        return remedy is null ? failure : failure with { Remedy = remedy };
    }

    private async Task<string> ExplainSecretAsync(string? doubt, CancellationToken stop)
    {
        foreach (var change in ClientAuthentication.Others(options))
        {
            if (await tryAsync(change, stop))
                return $"The secret is right, but the server reads it in another way. Set {string.Join(" and ", change.Select(setting => $"{setting.Key} to {setting.Value}"))}: with that it let the client in.";
        }

        return $"{(doubt is null ? "" : doubt + " ")}The server does not accept OAuth2:ClientSecret, however it is sent: it was mistyped, replaced or has expired, or is of another environment than OAuth2:ClientId ('{options.ClientId}'). Copy it again from the portal, or generate a new one.";
    }

    private static bool IsUnknown(string says) => Has(says, "client.*(could not be found|not found|unknown|does not exist|not registered)|(unknown|no such|unregistered) (oauth )?(client|application)|application.*not found");

    private static bool Has(string text, string pattern) => Regex.IsMatch(text, pattern, RegexOptions.IgnoreCase);
}
