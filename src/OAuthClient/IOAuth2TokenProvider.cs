namespace OAuthClient;

/// <summary>
/// The tokens behind the handler, for callers that are not an <see cref="HttpClient"/>: gRPC, SignalR, Kiota, scripts.
/// It shares one cache with the handlers.
/// </summary>
public interface IOAuth2TokenProvider
{
    /// <summary>Returns a valid token: at once while one is cached, else after asking the token endpoint once for all who wait.</summary>
    /// <param name="clientName">The name given to <c>AddOAuth2Client</c>.</param>
    /// <param name="request">What to ask for differently from the client's options, or null.</param>
    /// <param name="cancellationToken">Ends this caller's wait; a request to the token endpoint that others wait for goes on.</param>
    /// <returns>The token.</returns>
    /// <exception cref="OAuth2TokenException">No token could be had.</exception>
    /// <exception cref="InvalidOperationException">No client has that name, or the request asks for no token.</exception>
    ValueTask<OAuth2Token> GetTokenAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default);

    /// <summary>Forgets the cached token, so that the next call asks for a new one. The server is not told; see <see cref="RevokeAsync"/>.</summary>
    /// <param name="clientName">The name given to <c>AddOAuth2Client</c>.</param>
    /// <param name="request">Which of the client's tokens, or null for that of its options.</param>
    /// <param name="cancellationToken">Not needed by the built-in cache.</param>
    ValueTask InvalidateAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default);

    /// <summary>Revokes the cached token, and its refresh token, at the server (RFC 7009) and forgets it. Without a cached token nothing is sent.</summary>
    /// <param name="clientName">The name given to <c>AddOAuth2Client</c>.</param>
    /// <param name="request">Which of the client's tokens, or null for that of its options.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="OAuth2TokenException">The server refused; the token is forgotten here all the same.</exception>
    /// <exception cref="InvalidOperationException">The client has no <see cref="OAuth2ClientOptions.RevocationEndpoint"/>.</exception>
    ValueTask RevokeAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default);

    /// <summary>Asks the server what it thinks of the token (RFC 7662), for finding out why an API refuses it. No call depends on the answer.</summary>
    /// <param name="clientName">The name given to <c>AddOAuth2Client</c>.</param>
    /// <param name="request">Which of the client's tokens, or null for that of its options.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>What the server says.</returns>
    /// <exception cref="OAuth2TokenException">There is no token, or the server refused to tell.</exception>
    /// <exception cref="InvalidOperationException">The client has no <see cref="OAuth2ClientOptions.IntrospectionEndpoint"/>.</exception>
    ValueTask<OAuth2TokenIntrospection> IntrospectAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default);

    /// <summary>How it stands with a client's token. Sends nothing and waits for nobody, so that a health check may ask as often as it likes.</summary>
    /// <param name="clientName">The name given to <c>AddOAuth2Client</c>.</param>
    /// <param name="request">Which of the client's tokens, or null for that of its options.</param>
    /// <returns>What this process knows. Options that make no sense are its <see cref="OAuth2TokenStatus.Failure"/>.</returns>
    /// <exception cref="InvalidOperationException">No client has this name.</exception>
    OAuth2TokenStatus GetStatus(string clientName, OAuth2TokenRequest? request = null);

    /// <summary>How it stands with the tokens of all registered clients.</summary>
    /// <returns>One for each name given to <c>AddOAuth2Client</c>.</returns>
    IReadOnlyList<OAuth2TokenStatus> GetStatuses();
}
