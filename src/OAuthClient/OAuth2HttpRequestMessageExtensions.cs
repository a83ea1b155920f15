namespace OAuthClient;

/// <summary>Overrides for a single <see cref="HttpRequestMessage"/>.</summary>
public static class OAuth2HttpRequestMessageExtensions
{
    private static readonly HttpRequestOptionsKey<OAuth2TokenRequest> _key = new("OAuthClient.TokenRequest");

    // Reading a message's options allocates them; nobody pays for that until the first override of the process.
    private static volatile bool _inUse;

    /// <summary>Lets this request ask for its token differently from its client's options.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tokenRequest">What to ask for.</param>
    /// <returns>The same request.</returns>
    public static HttpRequestMessage SetOAuth2TokenRequest(this HttpRequestMessage request, OAuth2TokenRequest tokenRequest)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(tokenRequest);
        _inUse = true;
        request.Options.Set(_key, tokenRequest);
        return request;
    }

    internal static OAuth2TokenRequest? GetOAuth2TokenRequest(this HttpRequestMessage request) =>
        _inUse && request.Options.TryGetValue(_key, out var tokenRequest) ? tokenRequest : null;
}
