using Microsoft.Extensions.Http;
using OAuthClient;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts the token of a registered OAuth2 client on another <see cref="HttpClient"/>.</summary>
public static class OAuth2HttpClientBuilderExtensions
{
    /// <summary>
    /// Lets this HttpClient carry the token of the client that was registered with <c>AddOAuth2Client</c> under <paramref name="clientName"/>.
    /// The base address that is configured for the HttpClient may see the token.
    /// </summary>
    /// <param name="builder">The HttpClient's builder.</param>
    /// <param name="clientName">The OAuth2 client's name. An unknown one, or a second one on the same HttpClient, is an error when the host starts.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder AddOAuth2Handler(this IHttpClientBuilder builder, string clientName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(clientName);
        var registrations = OAuth2ServiceCollectionExtensions.AddCore(builder.Services);

        // Every name that is used is checked at start, registered or not.
        builder.Services.AddOptions<OAuth2ClientOptions>(clientName).ValidateOnStart();
        return registrations.AddHandler(builder.Name ?? "", clientName) ? AddHandler(builder, clientName) : builder;
    }

    /// <summary>
    /// Lets each request of this HttpClient carry the token of the client that it names by <see cref="OAuth2TokenRequest.ClientName"/>, a registered one or
    /// one that the resolver of <c>AddOAuth2ClientResolver</c> finds. One that names none is not sent: it fails with an <see cref="InvalidOperationException"/>.
    /// </summary>
    /// <param name="builder">The HttpClient's builder.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="InvalidOperationException">The HttpClient carries a client's token already.</exception>
    public static IHttpClientBuilder AddOAuth2Handler(this IHttpClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return OAuth2ServiceCollectionExtensions.AddCore(builder.Services).AddHandler(builder.Name ?? "", HandlerRegistrations.EachRequests) ? AddHandler(builder, null) : builder;
    }

    // clientName: Null where each request names one.
    private static IHttpClientBuilder AddHandler(IHttpClientBuilder builder, string? clientName)
    {
        builder.ConfigureAdditionalHttpMessageHandlers((handlers, serviceProvider) =>
        {
            // A handler that came with the defaults of all HttpClients makes way for this one.
            foreach (var inherited in handlers.OfType<AccessTokenHandler>().ToArray())
                handlers.Remove(inherited);
            var clients = serviceProvider.GetRequiredService<OAuth2Clients>();
            handlers.Add(new AccessTokenHandler(clientName is null ? null : clients.Get(clientName), clients));
        });

        // Runs after everything that the user configures, and so sees the base address and the unredacted headers that are set there.
        builder.Services.AddSingleton<IPostConfigureOptions<HttpClientFactoryOptions>>(serviceProvider =>
            new PostConfigureOptions<HttpClientFactoryOptions>(builder.Name, factory =>
            {
                if (clientName is not null)
                    factory.HttpClientActions.Add(client => ShareBaseAddress(client, serviceProvider.GetRequiredService<OAuth2Clients>().Get(clientName), ownClient: builder.Name == clientName));
                var redact = factory.ShouldRedactHeaderValue;

                // A request may name another client than this one, whose headers have other names.
                factory.ShouldRedactHeaderValue = header =>
                    redact(header) || serviceProvider.GetRequiredService<OAuth2Clients>().Known.Any(known => known.State.Settings.CredentialNames.Contains(header, StringComparer.OrdinalIgnoreCase));
            }));
        return builder;
    }

    private static void ShareBaseAddress(HttpClient httpClient, OAuth2Client client, bool ownClient)
    {
        if (httpClient.BaseAddress is { } address)
            client.AddAddress(address);
        else if (ownClient)
            httpClient.BaseAddress = client.State.Settings.BaseAddress;
    }
}
