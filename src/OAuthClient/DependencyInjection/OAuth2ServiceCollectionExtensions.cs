using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using OAuthClient;
using OAuthClient.DependencyInjection;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers OAuth2 clients.</summary>
public static class OAuth2ServiceCollectionExtensions
{
    private const string Defaults = "Defaults"; // The child that is no client.

    /// <summary>
    /// Registers an OAuth2 client, and an <see cref="HttpClient"/> of the same name whose requests carry its token. Calling it again with
    /// the same name adds to the options. All of a client's options are checked when the host starts.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of both clients, as given to <see cref="IHttpClientFactory.CreateClient"/>.</param>
    /// <param name="configure">Sets the client's options.</param>
    /// <returns>A builder for the HttpClient.</returns>
    public static IHttpClientBuilder AddOAuth2Client(this IServiceCollection services, string name, Action<OAuth2ClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return AddClient(services, name, options => options.Configure(configure));
    }

    /// <inheritdoc cref="AddOAuth2Client(IServiceCollection, string, Action{OAuth2ClientOptions})"/>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of both clients, as given to <see cref="IHttpClientFactory.CreateClient"/>.</param>
    /// <param name="configuration">The section that holds the client's options under their own names; read again when it changes.</param>
    public static IHttpClientBuilder AddOAuth2Client(this IServiceCollection services, string name, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var builder = AddClient(services, name, options => options.Configure(bound => OAuth2ClientOptionsBinder.Bind(configuration, bound)));
        services.AddSingleton<IOptionsChangeTokenSource<OAuth2ClientOptions>>(new ConfigurationChangeTokenSource<OAuth2ClientOptions>(name, configuration));
        return builder;
    }

    /// <inheritdoc cref="AddOAuth2Client(IServiceCollection, string, Action{OAuth2ClientOptions})"/>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of both clients, as given to <see cref="IHttpClientFactory.CreateClient"/>.</param>
    /// <param name="configure">Sets the client's options with the help of other services.</param>
    public static IHttpClientBuilder AddOAuth2Client(this IServiceCollection services, string name, Action<IServiceProvider, OAuth2ClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return AddClient(services, name, options => options.Configure<IServiceProvider>((bound, serviceProvider) => configure(serviceProvider, bound)));
    }

    /// <summary>
    /// Registers a client for each child of a section, under the child's name, as <see cref="AddOAuth2Client(IServiceCollection, string, IConfiguration)"/> does.
    /// What the child <c>Defaults</c> sets holds for all that do not set it themselves.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The section. Changed settings are read again; a child that is added later is no client until the program starts anew.</param>
    /// <param name="configure">Takes each client's name and the builder of its HttpClient, to which it may add handlers; null for nothing.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">The section has no client.</exception>
    public static IServiceCollection AddOAuth2Clients(this IServiceCollection services, IConfiguration configuration, Action<string, IHttpClientBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        string[] names = [.. configuration.GetChildren().Select(child => child.Key).Where(name => !name.Equals(Defaults, StringComparison.OrdinalIgnoreCase))];
        if (names.Length == 0)
            throw new InvalidOperationException($"The configuration{(configuration is IConfigurationSection { Path: var path } ? $" section '{path}'" : "")} holds no OAuth2 client. Write one child for each, whose name is the client's.");
        foreach (var name in names)
        {
            var builder = AddClient(services, name, options => options.Configure(bound => OAuth2ClientOptionsBinder.Bind(configuration.GetSection(name), bound, configuration.GetSection(Defaults))));
            services.AddSingleton<IOptionsChangeTokenSource<OAuth2ClientOptions>>(new ConfigurationChangeTokenSource<OAuth2ClientOptions>(name, configuration));
            configure?.Invoke(name, builder);
        }

        return services;
    }

    private static IHttpClientBuilder AddClient(IServiceCollection services, string name, Action<OptionsBuilder<OAuth2ClientOptions>> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        AddCore(services).AddClient(name);
        configure(services.AddOptions<OAuth2ClientOptions>(name));
        return services.AddHttpClient(name).AddOAuth2Handler(name);
    }

    internal static HandlerRegistrations AddCore(IServiceCollection services)
    {
        if (services.FirstOrDefault(service => service.ServiceType == typeof(HandlerRegistrations))?.ImplementationInstance is HandlerRegistrations known)
            return known;

        var registrations = new HandlerRegistrations();
        services.AddSingleton(registrations);
        services.AddOptions();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<OAuth2ClientOptions>, OAuth2ClientOptionsDefaults>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OAuth2ClientOptions>, OAuth2ClientOptionsValidator>(_ => new OAuth2ClientOptionsValidator(registrations.FindProblem, registrations.FindProblem, CredentialCheck.Find)));
        services.AddSingleton(static provider =>
        {
            var clock = FindClock(provider);
            var endpoint = new AuthorizationServer(() => provider.GetRequiredService<IHttpClientFactory>().CreateClient(OAuth2Defaults.TokenEndpointHttpClientName), clock);
            (IOAuth2TokenStore, OAuth2TokenStoreOptions)? shared = provider.GetService<IOAuth2TokenStore>() is { } store ? (store, provider.GetRequiredService<IOptions<OAuth2TokenStoreOptions>>().Value) : null;
            return new TokenEngine(endpoint, clock, provider.GetRequiredService<ILoggerFactory>().CreateLogger(Log.Category), shared: shared);
        });
        services.AddSingleton<OAuth2Clients>();
        services.TryAddSingleton<IOAuth2TokenProvider, OAuth2TokenProvider>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ShutdownRevocation>());
        TokenEndpointHttpClient.Register(services);

        // The first filter has the last word on the handlers.
        services.Insert(0, ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, HandlerChains>());
        return registrations;
    }

    // A clock for this library alone, where there is one: a test that stops it must not stop what else goes by a clock.
    internal static TimeProvider FindClock(IServiceProvider provider) =>
        (provider as IKeyedServiceProvider)?.GetKeyedService(typeof(TimeProvider), OAuth2Defaults.TimeProviderKey) as TimeProvider
        ?? provider.GetRequiredService<TimeProvider>();
}
