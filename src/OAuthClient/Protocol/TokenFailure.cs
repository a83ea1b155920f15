namespace OAuthClient.Protocol;

// Why no token came. Shared by all who waited for it; each gets an exception of its own.
internal sealed record TokenFailure(
    string Message,
    string? Error = null,
    string? ErrorDescription = null,
    bool IsTransient = false,
    TimeSpan? RetryAfter = null,
    Exception? Cause = null)
{
    public bool AnswerLost { get; init; } // True where the request may have reached the server though no answer came.
    public int? Status { get; init; } // The answer's status; null where there was no answer, or one that was not understood.
    public bool IsOutage => IsTransient && Status is (null or 408 or 429 or >= 500); // True where the server, and not the request, is out of order: nobody else needs to ask it either.
    public bool NamesError { get; init; } // True where the answer names an OAuth error as one, and no proxy's code in another member.
    public bool ConnectionBroke { get; init; } // True where a connection, perhaps one that had been idle for too long, ended under the request.
    public bool NoConnection { get; init; } // True where no connection could be made, so that nothing was sent.
    public bool IsKept { get; init; } // True where it is remembered with what was refused, for as long as RetryAfter tells.
    public bool WasTried { get; init; } = true; // False where nothing was sent: it is only remembered, or came before the request.
    public bool IsOwn => WasTried && !IsKept; // True where the request itself met with it, and nobody else remembers it.

    public OAuth2TokenException ToException(string clientName) =>
        new(clientName, $"OAuth2 client '{clientName}': {Message}", Cause) { Error = Error, ErrorDescription = ErrorDescription, IsTransient = IsTransient, RetryAfter = RetryAfter };
}

// Turns answers of token and revocation endpoints into failures that say what to do (RFC 6749 §5.2).
internal static class TokenFailures
{
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(5);

    // RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1, RFC 8707 §2, RFC 8628 §3.5, OpenID Connect Core §3.1.2.6. These hold no secret, and a short one must not spoil them.
    private static readonly string[] _registered =
    [
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
        "access_denied", "server_error", "temporarily_unavailable", "unsupported_token_type", "invalid_target", "slow_down",
        "consent_required", "interaction_required", "login_required",
    ];

    // What to make of an answer that brought no token, or revoked none, from the endpoint that setting holds.
    public static TokenFailure FromAnswer(string setting, Uri endpoint, TokenAnswer answer, DateTimeOffset now)
    {
        var response = answer.HttpResponse!;
        var body = answer.IsObject ? answer : null;
        var secrets = answer.Secrets;
        var status = (int)response.StatusCode;
        var what = setting == nameof(OAuth2ClientOptions.TokenEndpoint) ? "token endpoint" : "revocation endpoint";
        var error = _registered.Contains(body?.Error) ? body?.Error : SafeText.Redact(body?.Error, secrets);
        var description = SafeText.Redact(body?.ErrorDescription, secrets);
        var says = $"{(error is null ? "" : $" {error}")}{(description is null ? "" : $" \"{description.TrimEnd('.')}\"")}";
        var isTransient = status is 408 or 429 or >= 500 || (status is not (401 or 403) && error is ("server_error" or "temporarily_unavailable"));
        return new TokenFailure(
            $"the {what} {SafeText.Show(endpoint)} answered {status}{says}. {GetRemedy(setting, what, response, error, body, secrets)}",
            error,
            description,
            isTransient,
            isTransient ? ReadRetryAfter(response, now) : null)
        { Status = status, NamesError = body is { NamesError: true } };
    }

    // The wait that the server asks for, in either form, dates against its own clock; at most 5 minutes (RFC 9110 §10.2.3).
    public static TimeSpan? ReadRetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - (response.Headers.Date ?? now),
            _ => (TimeSpan?)null,
        };
        return wait is not { } time ? null : time < TimeSpan.Zero ? TimeSpan.Zero : time > MaxRetryAfter ? MaxRetryAfter : time;
    }

    private static string GetRemedy(string setting, string what, HttpResponseMessage response, string? error, TokenAnswer? body, string?[] secrets) => (error, (int)response.StatusCode) switch
    {
        (_, 429) => "It limits the rate of requests; the library waits before it asks again.",
        (_, >= 500) => "It is out of order for now; the library asks again later.",
        ("invalid_client", _) => "Check ClientId and ClientSecret, that both belong to this server and environment, and that ClientAuthenticationMethod and BasicCredentialEncoding are those that it reads.",
        ("invalid_grant", _) => "Check Username and Password, and that the account is not locked; for a refresh token or an assertion, that it has neither expired nor been used.",
        ("unauthorized_client", _) or ("unsupported_grant_type", _) => "Allow the grant type for this application at the authorization server, or set GrantType to one that it allows.",
        ("invalid_scope", _) => "Check Scopes: each must be registered for this application.",
        ("invalid_request", _) => "Check GrantType, Parameters and ClientAuthenticationMethod.",
        (_, >= 300 and < 400) => $"Redirects of a {what} are not followed; set {setting} to the final address{(response.Headers.Location is { } location ? $", perhaps {SafeText.Show(location, secrets)}" : "")}.",
        (_, 404 or 405) => $"There is no {what} at this address; check {setting}.",
        (_, >= 200 and < 300) when setting != nameof(OAuth2ClientOptions.TokenEndpoint) => $"Nothing was revoked; check {setting} and the client's settings.",
        (_, >= 200 and < 300) when body is null => "That is no JSON; check that TokenEndpoint is the token endpoint and no page or proxy in front of it.",
        (_, >= 200 and < 300) when body.Fault is { } fault => $"The answer {fault}, so it was not used; check that {setting} is the {what}, and ask its operator to mend it.",
        (_, >= 200 and < 300) => "The answer holds no usable access_token; check that TokenEndpoint is the token endpoint.",
        _ => $"Check {setting} and the client's settings.",
    };
}
