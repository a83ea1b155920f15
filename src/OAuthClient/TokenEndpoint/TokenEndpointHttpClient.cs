using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace OAuthClient.TokenEndpoint;

/// <summary>
/// The HttpClient that calls token endpoints: no cookies, no redirects, no default credentials, and nothing taken over from the
/// application's defaults, whose handlers would recurse into ours or repeat a password.
/// </summary>
internal static class TokenEndpointHttpClient
{
    private static readonly string[] _secretive = ["Authorization", "Location", "WWW-Authenticate"];

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

        // Whatever headers the application wants to see in its logs, the first holds the client's secret, and in the others a server may
        // echo what it was sent.
        services.PostConfigure<HttpClientFactoryOptions>(OAuth2Defaults.TokenEndpointHttpClientName, static factory =>
        {
            var redact = factory.ShouldRedactHeaderValue;
            factory.ShouldRedactHeaderValue = header => redact(header) || _secretive.Contains(header, StringComparer.OrdinalIgnoreCase);
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
