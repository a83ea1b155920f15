using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using OAuthClient;
using OAuthClient.OpenApi;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets the calls of an <see cref="HttpClient"/> ask for the scopes that its API's OpenAPI document names.</summary>
public static class OAuth2OpenApiHttpClientBuilderExtensions
{
    /// <summary>
    /// Has each call carry a token with the scopes of its operation, in place of the client's scopes. The operation is found by method and path; the most
    /// specific template wins. A call that the document does not know, or whose operation names no scopes, has the client's own token; one with
    /// <see cref="OAuth2TokenRequest.Scopes"/> of its own keeps them.
    /// </summary>
    /// <remarks>Operations with the same scopes share a token. Each set of scopes is a token of its own, of which a client keeps <see cref="OAuth2ClientOptions.MaxTokens"/>.</remarks>
    /// <param name="builder">The builder of an HttpClient that carries a client's token, as <c>AddOAuth2Client</c> and <c>AddOAuth2Handler</c> return it.</param>
    /// <param name="path">The document, OpenAPI 2.0, 3.0, 3.1 or 3.2 in JSON or YAML, up to 16 MiB; relative to the host's content root. It is read once; a broken one is an error when the host starts, or the HttpClient is first made.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder UseOpenApiScopes(this IHttpClientBuilder builder, string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Use(builder, new DocumentSource(path));
    }

    /// <inheritdoc cref="UseOpenApiScopes(IHttpClientBuilder, string)"/>
    /// <param name="builder">The builder of an HttpClient that carries a client's token, as <c>AddOAuth2Client</c> and <c>AddOAuth2Handler</c> return it.</param>
    /// <param name="document">The document, read at once from where the stream stands and not closed.</param>
    public static IHttpClientBuilder UseOpenApiScopes(this IHttpClientBuilder builder, Stream document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return Use(builder, new DocumentSource(document));
    }

    private static IHttpClientBuilder Use(IHttpClientBuilder builder, DocumentSource source)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var operations = new Operations(source, builder.Name);
        builder.Services.AddSingleton<IValidateOptions<HttpClientFactoryOptions>>(provider => new Validator(operations, provider));
        builder.Services.AddOptions<HttpClientFactoryOptions>(builder.Name).ValidateOnStart();

        // Outside of all others: the handler that attaches the token reads what this one writes.
        return builder.ConfigureAdditionalHttpMessageHandlers((handlers, provider) => handlers.Insert(0, operations.CreateHandler(provider)));
    }

    // The document's operations, read when they are first needed.
    private sealed class Operations(DocumentSource source, string httpClientName)
    {
        private readonly object _gate = new();
        private ApiDocument? _document;
        private OperationTree? _tree;

        public string HttpClientName => httpClientName;

        public void Read(IServiceProvider provider)
        {
            lock (_gate)
            {
                if (_tree is not null)
                    return;
                _document = source.Read(provider.GetService<IConfiguration>()?["contentRoot"] ?? "");
                _tree = new OperationTree(_document);
            }
        }

        public OperationScopesHandler CreateHandler(IServiceProvider provider)
        {
            Read(provider);
            using var http = new HttpClient();
            foreach (var configure in provider.GetRequiredService<IOptionsMonitor<HttpClientFactoryOptions>>().Get(httpClientName).HttpClientActions)
                configure(http);
            return new OperationScopesHandler(_tree!, http.BaseAddress is { } address ? _document!.BasePaths.Append(address.AbsolutePath) : _document!.BasePaths);
        }
    }

    private sealed class Validator(Operations operations, IServiceProvider provider) : IValidateOptions<HttpClientFactoryOptions>
    {
        public ValidateOptionsResult Validate(string? name, HttpClientFactoryOptions options)
        {
            if (name != operations.HttpClientName)
                return ValidateOptionsResult.Skip;
            if (provider.GetService<HandlerRegistrations>()?.HasHandler(name) != true)
                return ValidateOptionsResult.Fail($"HttpClient '{name}': UseOpenApiScopes was called, and its calls carry no token. Call AddOAuth2Handler as well, or register the HttpClient with AddOAuth2Client.");
            try
            {
                operations.Read(provider);
                return ValidateOptionsResult.Success;
            }
            catch (DocumentException exception)
            {
                return ValidateOptionsResult.Fail($"HttpClient '{name}': {exception.Message}");
            }
        }
    }
}
