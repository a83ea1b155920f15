using OAuthClient.OpenApi;

namespace OAuthClient;

/// <summary>Fills in a client's settings from the OpenAPI document of the API that it calls.</summary>
public static class OAuth2OpenApiExtensions
{
    /// <summary>
    /// Takes from the document what nobody has set: <see cref="OAuth2ClientOptions.HeaderName"/> (<c>x-wso2-auth-header</c>),
    /// <see cref="OAuth2ClientOptions.ApiKeyHeaderName"/> (<c>x-wso2-api-key-header</c>, or the security scheme of type <c>apiKey</c>),
    /// <see cref="OAuth2ClientOptions.BaseAddress"/> (the first server that is secure) and <see cref="OAuth2ClientOptions.TokenEndpoint"/> (the token URL of
    /// <c>clientCredentials</c>, only for an origin that you name). What the client sets itself wins, wherever it does; placeholders are ignored.
    /// </summary>
    /// <remarks>
    /// The server that the document names gets to see the client's tokens, so take documents from those whom you trust with them. A broken document, a header
    /// that cannot carry what it is for, and a key that each call needs and that has no value are errors when the host starts.
    /// </remarks>
    /// <param name="options">The client's options.</param>
    /// <param name="path">The document, OpenAPI 2.0, 3.0, 3.1 or 3.2 in JSON or YAML, up to 16 MiB; relative to the host's content root. It is read whenever the options are made; nothing that it refers to is fetched.</param>
    /// <param name="tokenOrigins">Origins, such as <c>https://sts.choreo.dev</c>, to which the client's secret may be sent where the document says so. Default: that of the provider.</param>
    /// <returns>The same options.</returns>
    public static OAuth2ClientOptions UseOpenApi(this OAuth2ClientOptions options, string path, params string[] tokenOrigins)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Use(options, new DocumentSource(path), tokenOrigins);
    }

    /// <inheritdoc cref="UseOpenApi(OAuth2ClientOptions, string, string[])"/>
    /// <param name="options">The client's options.</param>
    /// <param name="document">The document, read at once from where the stream stands and not closed. The same stream given again stands for the same document.</param>
    /// <param name="tokenOrigins">Origins, such as <c>https://sts.choreo.dev</c>, to which the client's secret may be sent where the document says so. Default: that of the provider.</param>
    public static OAuth2ClientOptions UseOpenApi(this OAuth2ClientOptions options, Stream document, params string[] tokenOrigins)
    {
        ArgumentNullException.ThrowIfNull(document);
        return Use(options, new DocumentSource(document), tokenOrigins);
    }

    private static OAuth2ClientOptions Use(OAuth2ClientOptions options, DocumentSource source, string[] tokenOrigins)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(tokenOrigins);
        options.Completions.Add((completed, folder) => DocumentDefaults.Apply(completed, source, folder, tokenOrigins));
        return options;
    }
}
