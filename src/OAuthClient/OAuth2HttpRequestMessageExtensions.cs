namespace OAuthClient;

/// <summary>Overrides for a single <see cref="HttpRequestMessage"/>.</summary>
public static class OAuth2HttpRequestMessageExtensions
{
    private static readonly HttpRequestOptionsKey<OAuth2TokenRequest> _key = new("OAuthClient.TokenRequest");

    /// <summary>Lets this request ask for its token differently from its client's options.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tokenRequest">What to ask for.</param>
    /// <returns>The same request.</returns>
    public static HttpRequestMessage SetOAuth2TokenRequest(this HttpRequestMessage request, OAuth2TokenRequest tokenRequest)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(tokenRequest);
        request.Options.Set(_key, tokenRequest);
        return request;
    }

    internal static OAuth2TokenRequest? GetOAuth2TokenRequest(this HttpRequestMessage request) =>
        HiddenState.PeekOptions(request) is { } options ? Find(options) : null;

    private static OAuth2TokenRequest? Find(HttpRequestOptions options) => options.TryGetValue(_key, out var tokenRequest) ? tokenRequest : null;
}
