namespace OAuthClient;

/// <summary>No token could be had, so the API was not called.</summary>
/// <remarks>
/// The <see cref="HttpRequestException.StatusCode"/> of the base class stays null: no API answered. The message says which client,
/// which endpoint, what it answered and what to do, and holds no secret.
/// </remarks>
public sealed class OAuth2TokenException : HttpRequestException
{
    /// <summary>Creates the exception, for instance to stand in for a real one in a test.</summary>
    /// <param name="clientName">The name of the OAuth2 client.</param>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public OAuth2TokenException(string clientName, string message, Exception? innerException = null)
        : base(message, innerException) => ClientName = clientName;

    /// <summary>The name of the client that was registered with <c>AddOAuth2Client</c>.</summary>
    public string ClientName { get; }

    /// <summary>The OAuth error code of the answer, such as <c>invalid_client</c> (RFC 6749 §5.2); null where the answer had none.</summary>
    public string? Error { get; init; }

    /// <summary>The server's description of the error, shortened and without control characters; null where the answer had none.</summary>
    public string? ErrorDescription { get; init; }

    /// <summary>True where the same request may succeed later: an outage, a time-out, a server that limits its rate.</summary>
    public bool IsTransient { get; init; }

    /// <summary>How long the library itself will wait before it asks the server again; null where it does not wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    // True where a server answered, and the answer brought no token.
    internal bool WasAnswered { get; init; }
}
