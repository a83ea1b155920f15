namespace OAuthClient.TokenEndpoint;

/// <summary>Why no token came. Shared by all who waited for it; each gets an exception of its own.</summary>
/// <param name="Message">What happened and what to do, without the client's name.</param>
/// <param name="Error">The OAuth error code.</param>
/// <param name="ErrorDescription">The server's description, fit to be shown.</param>
/// <param name="IsTransient">True where the same request may succeed later.</param>
/// <param name="RetryAfter">How long the server asked to wait.</param>
/// <param name="Cause">The exception behind it.</param>
internal sealed record TokenFailure(
    string Message,
    string? Error = null,
    string? ErrorDescription = null,
    bool IsTransient = false,
    TimeSpan? RetryAfter = null,
    Exception? Cause = null)
{
    /// <summary>True where the request may have reached the server though no answer came.</summary>
    public bool AnswerLost { get; init; }

    /// <summary>The answer's status; null where there was no answer, or one that was not understood.</summary>
    public int? Status { get; init; }

    /// <summary>True where the server, and not the request, is out of order: nobody else needs to ask it either.</summary>
    public bool IsOutage => IsTransient && Status is (null or 408 or 429 or >= 500);

    /// <summary>True where a connection, perhaps one that had been idle for too long, ended under the request.</summary>
    public bool ConnectionBroke { get; init; }

    /// <summary>True where no connection could be made, so that nothing was sent.</summary>
    public bool NoConnection { get; init; }

    /// <summary>True where it is remembered with what was refused, for as long as RetryAfter tells.</summary>
    public bool IsKept { get; init; }

    /// <summary>False where a failure is only remembered.</summary>
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
