using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using OAuthClient.Http;

namespace OAuthClient.TokenEndpoint;

/// <summary>
/// The HttpClient that calls token endpoints: no cookies, no redirects, no default credentials, and nothing taken over from the
/// application's defaults, whose handlers would recurse into ours or repeat a password.
/// </summary>
internal static class TokenEndpointHttpClient
{
    public static HttpClient Create()
    {
        var client = new HttpClient(CreatePrimaryHandler());
        Configure(client);
        return client;
    }

    public static void Register(IServiceCollection services)
    {
        var before = services.ToArray();
        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName, Configure)
            .ConfigurePrimaryHttpMessageHandler(CreatePrimaryHandler)
            .ConfigureAdditionalHttpMessageHandlers(static (handlers, _) => handlers.Clear());
        PutFirst(services, before);

        // Whatever headers the application wants to see in its logs, one of these holds the client's secret, and in any of the answer's a
        // server may echo what it was sent.
        services.PostConfigure<HttpClientFactoryOptions>(OAuth2Defaults.TokenEndpointHttpClientName, static factory =>
        {
            factory.ShouldRedactHeaderValue = static _ => true;

            // After the user's own configuration: who brings a handler for a proxy or a certificate does not mean to have secrets follow redirects.
            factory.HttpMessageHandlerBuilderActions.Add(static chain => Restrict(chain.PrimaryHandler));
        });
    }

    /// <summary>Moves what was added for this client before what the user has configured for it already, and has the last word on.</summary>
    private static void PutFirst(IServiceCollection services, ServiceDescriptor[] before)
    {
        if (Array.Find(before, IsConfiguration) is not { } users)
            return;
        foreach (var ours in services.Except(before).Where(IsConfiguration).ToArray())
        {
            services.Remove(ours);
            services.Insert(services.IndexOf(users), ours);
        }

        static bool IsConfiguration(ServiceDescriptor service) =>
            service.ServiceType == typeof(IConfigureOptions<HttpClientFactoryOptions>)
            && service is { IsKeyedService: false, ImplementationInstance: ConfigureNamedOptions<HttpClientFactoryOptions> { Name: OAuth2Defaults.TokenEndpointHttpClientName } };
    }

    /// <summary>Switches off what a handler of the user's does by itself with redirects and cookies.</summary>
    private static void Restrict(HttpMessageHandler? handler)
    {
        RedirectPolicy.TakeOver(handler);
        try
        {
            var sender = RedirectPolicy.FindSender(handler);
            if (sender is SocketsHttpHandler { UseCookies: true } sockets)
                sockets.UseCookies = false;
            else if (sender is HttpClientHandler { UseCookies: true } classic)
                classic.UseCookies = false;
        }
        catch (InvalidOperationException)
        {
            // It sends for others already, and keeps their cookies; that is no reason to be without tokens.
        }
    }

    private static SocketsHttpHandler CreatePrimaryHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    private static void Configure(HttpClient client)
    {
        client.BaseAddress = null;
        client.DefaultRequestHeaders.Clear();
        client.Timeout = Timeout.InfiniteTimeSpan;
    }
}
