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

    // What it is for a metric: the server's error where that is a registered one, else the status, else what kept an answer away.
    public string ErrorType =>
        TokenFailures.IsRegistered(Error) ? Error!
        : Status is { } status and >= 400 ? $"{status}"
        : Cause is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } unanswered ? JsonNamingPolicy.SnakeCaseLower.ConvertName(unanswered.HttpRequestError.ToString())
        : Cause is OperationCanceledException ? "timeout"
        : "_OTHER";

    public OAuth2TokenException ToException(string clientName) =>
        new(clientName, $"OAuth2 client '{clientName}': {Message}", Cause) { Error = Error, ErrorDescription = ErrorDescription, IsTransient = IsTransient, RetryAfter = RetryAfter, WasAnswered = Status is not null };
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
        "consent_required", "interaction_required", "login_required", "authorization_pending", "expired_token", "use_dpop_nonce", "invalid_dpop_proof",
    ];

    public static bool IsRegistered(string? error) => _registered.Contains(error);

    // What to make of an answer that brought no token, or revoked none, from the endpoint that setting holds.
    public static TokenFailure FromAnswer(string setting, Uri endpoint, TokenAnswer answer, DateTimeOffset now, ClientSettings? client = null, string? what = null)
    {
        var response = answer.HttpResponse!;
        var body = answer.IsObject ? answer : null;
        var secrets = answer.Secrets;
        var status = (int)response.StatusCode;
        what ??= SafeText.ToWords(setting);
        var error = _registered.Contains(body?.Error) ? body?.Error : SafeText.Redact(body?.Error, secrets);
        var description = SafeText.Redact(body?.ErrorDescription, secrets);
        var says = $"{(error is null ? "" : $" {error}")}{(description is null ? "" : $" \"{description.TrimEnd('.')}\"")}";
        var isTransient = status is 408 or 429 or >= 500 || (status is not (401 or 403) && error is ("server_error" or "temporarily_unavailable"));
        return new TokenFailure(
            $"the {what} {SafeText.Show(endpoint)} answered {status}{says}. {new Remedy(setting, what, response, body, client).Find(error, secrets, now)}",
            error,
            description,
            isTransient,
            isTransient ? ReadRetryAfter(response, now) : null)
        { Status = status, NamesError = body is { NamesError: true } };
    }

    // The wait that the server asks for, in either form, dates against its own clock; at most 5 minutes unless another bound is given (RFC 9110 §10.2.3).
    public static TimeSpan? ReadRetryAfter(HttpResponseMessage response, DateTimeOffset now, TimeSpan? longest = null) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => Bound(delta, longest),
        { Date: { } date } => Bound(date - (response.Headers.Date ?? now), longest),
        _ => null,
    };

    public static TimeSpan Bound(TimeSpan wait, TimeSpan? longest) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait > (longest ?? MaxRetryAfter) ? longest ?? MaxRetryAfter : wait;
}
