namespace OAuthClient.Restraint;

// What an answer without a token has refused, and so whose memory it goes into.
internal enum Refused
{
    Request, // Nothing but this request: its own key waits for some seconds, and nobody else does.
    Client, // The client: whoever sends the same secret waits.
    Value, // A user's password, or this very assertion or refresh token: whoever sends the same one waits.
}

internal static class Refusal
{
    // Said of the client's registration or of the request's form (RFC 6749 §5.2, RFC 8707 §2, OpenID Connect Core §3.1.2.6), whatever the password.
    private static readonly HashSet<string> _notOfThePassword = new(StringComparer.Ordinal)
    {
        "invalid_request", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "invalid_target",
        "consent_required", "interaction_required", "temporarily_unavailable", "slow_down",
    };

    public static Refused Judge(Grant grant, TokenFailure failure, bool isProved) => failure switch
    {
        { WasTried: false } or { Status: null } => Refused.Request,
        { Error: "invalid_client" } => Refused.Client,
        { Error: "invalid_grant" } => grant is ClientCredentialsGrant ? Refused.Request : Refused.Value,

        // Servers tell a wrong password, and a locked account, by codes of their own or by none, and each further trial counts. The status
        // speaks before the code. One that has proved good is not what such an answer is about.
        { Status: 400 or 401 or 403 } or { Status: >= 200 and < 300, NamesError: true } when grant is PasswordGrant && !isProved && !_notOfThePassword.Contains(failure.Error ?? "") => Refused.Value,
        _ => Refused.Request,
    };
}
