namespace OAuthClient;

/// <summary>Names that this library registers under.</summary>
public static class OAuth2Defaults
{
    /// <summary>
    /// The name of the <see cref="HttpClient"/> that calls token endpoints. Configure proxies, certificates or a test handler on it
    /// with <c>services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)</c>.
    /// </summary>
    /// <remarks>It takes over nothing from <c>ConfigureHttpClientDefaults</c>, keeps no cookies and follows no redirects.</remarks>
    public const string TokenEndpointHttpClientName = "OAuthClient.TokenEndpoint";

    /// <summary>
    /// The key under which this library looks for a <see cref="TimeProvider"/> of its own, as a test may give it:
    /// <c>services.AddKeyedSingleton&lt;TimeProvider&gt;(OAuth2Defaults.TimeProviderKey, clock)</c>. Default: the container's, else the system's.
    /// </summary>
    public const string TimeProviderKey = "OAuthClient.TimeProvider";
}
