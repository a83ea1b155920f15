namespace OAuthClient;

/// <summary>Overrides for a single <see cref="HttpRequestMessage"/>.</summary>
public static class OAuth2HttpRequestMessageExtensions
{
    internal static readonly HttpRequestOptionsKey<OAuth2TokenRequest> Key = new("OAuthClient.TokenRequest");

    /// <summary>Lets this request ask for its token differently from its client's options.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tokenRequest">What to ask for.</param>
    /// <returns>The same request.</returns>
    public static HttpRequestMessage SetOAuth2TokenRequest(this HttpRequestMessage request, OAuth2TokenRequest tokenRequest)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(tokenRequest);
        request.Options.Set(Key, tokenRequest);
        return request;
    }
}
