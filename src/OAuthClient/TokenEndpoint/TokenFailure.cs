namespace OAuthClient.TokenEndpoint;

// Why no token came. Shared by all who waited for it; each gets an exception of its own.
// Message: What happened and what to do, without the client's name.
// RetryAfter: How long the server asked to wait.
internal sealed record TokenFailure(
    string Message,
    string? Error = null,
    string? ErrorDescription = null,
    bool IsTransient = false,
    TimeSpan? RetryAfter = null,
    Exception? Cause = null)
{
    // True where the request may have reached the server though no answer came.
    public bool AnswerLost { get; init; }

    // The answer's status; null where there was no answer, or one that was not understood.
    public int? Status { get; init; }

    // True where the server, and not the request, is out of order: nobody else needs to ask it either.
    public bool IsOutage => IsTransient && Status is (null or 408 or 429 or >= 500);

    // True where a connection, perhaps one that had been idle for too long, ended under the request.
    public bool ConnectionBroke { get; init; }

    // True where no connection could be made, so that nothing was sent.
    public bool NoConnection { get; init; }

    // True where it is remembered with what was refused, for as long as RetryAfter tells.
    public bool IsKept { get; init; }

    // False where a failure is only remembered.
    public bool WasSent { get; init; } = true;

    public OAuth2TokenException ToException(string clientName) =>
        new(clientName, $"OAuth2 client '{clientName}': {Message}", Cause)
        {
            Error = Error,
            ErrorDescription = ErrorDescription,
            IsTransient = IsTransient,
            RetryAfter = RetryAfter,
        };
}
