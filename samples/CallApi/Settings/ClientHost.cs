using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OAuthClient;

namespace CallApi;

/// <summary>All that a program needs to use the library.</summary>
internal static class ClientHost
{
    /// <summary>The client that the section OAuth2 describes, and the HttpClient that carries its token.</summary>
    public const string Name = "api";

    public static IHost Create(IConfiguration configuration, CallSettings settings, Wire wire)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        if (settings.LogLevel is { } level)
            builder.Logging.SetMinimumLevel(level).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        // The HttpClient "api" carries the token of the client that the section OAuth2 describes.
        // A redirect is reported unless it is to be followed; what follows it takes the token to allowed origins alone.
        builder.Services.AddOAuth2Client(Name, configuration.GetSection("OAuth2"))
            .ConfigureHttpClient(http => http.Timeout = settings.Timeout ?? http.Timeout)
            .ConfigurePrimaryHttpMessageHandler(() => settings.Network.Apply(new SocketsHttpHandler { AllowAutoRedirect = settings.FollowRedirects }))
            .AddHttpMessageHandler(() => wire.CreateHandler(isTokenEndpoint: false));

        // Those whose tokens another client exchanges: SubjectTokenClient, ActorTokenClient and AssertionClient name them.
        foreach (var section in FurtherClients.Read(configuration))
            builder.Services.AddOAuth2Client(section.Key, section);

        // Without a base address, the token may go to where the call goes.
        builder.Services.PostConfigure<OAuth2ClientOptions>(Name, options => options.BaseAddress ??= settings.Origin);

        // Runs share their tokens where there is a store for them.
        settings.TokenStore?.AddTo(builder.Services);

        builder.Services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .ConfigurePrimaryHttpMessageHandler((handler, _) => settings.Network.Apply((SocketsHttpHandler)handler))
            .AddHttpMessageHandler(() => wire.CreateHandler(isTokenEndpoint: true));
        return builder.Build();
    }

    /// <summary>The client's options, once connection and provider have filled in theirs. Throws OptionsValidationException: they are not valid.</summary>
    public static OAuth2ClientOptions GetOptions(this IHost host) => host.Services.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get(Name);
}
