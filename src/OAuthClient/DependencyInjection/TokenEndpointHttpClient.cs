using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;

namespace OAuthClient.DependencyInjection;

// The HttpClient that calls token endpoints: no cookies, no redirects, no default credentials, and nothing taken over from the application's
// defaults, whose handlers would recurse into ours or repeat a password.
internal static class TokenEndpointHttpClient
{
    private const string UnusedName = "OAuthClient.Nobody";

    // What the user's own configuration made of a chain, before filters had their turn.
    private static readonly ConditionalWeakTable<HttpMessageHandlerBuilder, HttpMessageHandler[]> _own = [];

    public static HttpClient Create(HttpMessageHandler? handler)
    {
        handler ??= new ClientCertificates(CreatePrimaryHandler) { InnerHandler = CreatePrimaryHandler() };
        Restrict(handler);
        var client = new HttpClient(handler);
        Configure(client);
        return client;
    }

    public static void Register(IServiceCollection services)
    {
        services.AddHttpClient();
        services.AddTransient<IOptionsFactory<HttpClientFactoryOptions>, FactoryOptions>();
    }

    // Takes back what filters have done to all HttpClients, but for logs and metrics, and switches off redirects and cookies.
    public static void Restrict(HttpMessageHandlerBuilder chain)
    {
        if (_own.TryGetValue(chain, out var own))
        {
            chain.PrimaryHandler = own[0];
            foreach (var handler in chain.AdditionalHandlers.Where(handler => !own.Contains(handler) && !OriginCheck.IsFactorys(handler)).ToArray())
                chain.AdditionalHandlers.Remove(handler);
        }

        // Who brings a handler for a proxy does not mean to have secrets follow redirects. Filters may bring another until the first request.
        Restrict(chain.PrimaryHandler);
        var (last, isRestricted) = (default(OriginCheck), false);
        last = new OriginCheck(_ =>
        {
            if (!isRestricted)
                Restrict(last!.InnerHandler);
            isRestricted = true;
        });
        chain.AdditionalHandlers.Add(last);
    }

    public static void Restrict(HttpMessageHandler? handler)
    {
        Sender.TakeOver(handler);

        // Where it sends for others already it keeps their cookies; that is no reason to be without tokens.
        Sender.Change(handler, static sockets => sockets.UseCookies = false, static classic => classic.UseCookies = false);
    }

    // A firewall that drops packets is to be told from an answer that is late, before the token request has taken all of its time.
    private static SocketsHttpHandler CreatePrimaryHandler() =>
        new() { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), ConnectTimeout = TimeSpan.FromSeconds(10) };

    private static void Configure(HttpClient client)
    {
        client.BaseAddress = null;
        client.DefaultRequestHeaders.Clear();
        client.Timeout = Timeout.InfiniteTimeSpan;
    }

    // Makes the factory's options as ever, but those of this client from what names it alone: what is meant for all stays out.
    private sealed class FactoryOptions(
        IEnumerable<IConfigureOptions<HttpClientFactoryOptions>> setups,
        IEnumerable<IPostConfigureOptions<HttpClientFactoryOptions>> postSetups,
        IEnumerable<IValidateOptions<HttpClientFactoryOptions>> validations) : IOptionsFactory<HttpClientFactoryOptions>
    {
        public HttpClientFactoryOptions Create(string name)
        {
            if (name != OAuth2Defaults.TokenEndpointHttpClientName)
                return new OptionsFactory<HttpClientFactoryOptions>(setups, postSetups, validations).Create(name);

            var options = new OptionsFactory<HttpClientFactoryOptions>(setups.Where(IsOwn), postSetups.Where(IsOwn), validations).Create(name);
            options.HttpClientActions.Insert(0, Configure);
            options.HttpMessageHandlerBuilderActions.Insert(0, static chain => chain.PrimaryHandler = CreatePrimaryHandler());
            options.HttpMessageHandlerBuilderActions.Add(chain => AddResolvers(chain, new OptionsFactory<HttpClientFactoryOptions>(setups, postSetups, validations)));
            options.HttpMessageHandlerBuilderActions.Add(static chain => _own.AddOrUpdate(chain, [chain.PrimaryHandler, .. chain.AdditionalHandlers]));

            // One of these holds the client's secret, and in any of the answer's a server may echo what it was sent.
            options.ShouldRedactHeaderValue = static _ => true;
            return options;
        }

        // Without service discovery a logical address leads nowhere, so this alone is taken over from the defaults, by the programs that have it.
        private static void AddResolvers(HttpMessageHandlerBuilder chain, OptionsFactory<HttpClientFactoryOptions> factory)
        {
            if (Type.GetType("Microsoft.Extensions.ServiceDiscovery.ServiceEndpointResolver, Microsoft.Extensions.ServiceDiscovery") is not { } discovery
                || chain.Services.GetService(discovery) is null || chain.AdditionalHandlers.Any(OriginCheck.IsResolver))
                return;
            var defaults = chain.Services.GetRequiredService<HttpMessageHandlerBuilder>();
            defaults.Name = UnusedName;
            foreach (var configure in factory.Create(UnusedName).HttpMessageHandlerBuilderActions)
                configure(defaults);
            foreach (var resolver in defaults.AdditionalHandlers.Where(OriginCheck.IsResolver))
                chain.AdditionalHandlers.Add(resolver);
        }

        private static bool IsOwn(IConfigureOptions<HttpClientFactoryOptions> setup) => setup switch
        {
            ConfigureNamedOptions<HttpClientFactoryOptions> named => named.Name == OAuth2Defaults.TokenEndpointHttpClientName,
            IConfigureNamedOptions<HttpClientFactoryOptions> other => Ignores(options => other.Configure(UnusedName, options)),
            _ => false,
        };

        private static bool IsOwn(IPostConfigureOptions<HttpClientFactoryOptions> setup) => setup is PostConfigureOptions<HttpClientFactoryOptions> named
            ? named.Name == OAuth2Defaults.TokenEndpointHttpClientName
            : Ignores(options => setup.PostConfigure(UnusedName, options));

        // True for a class of the user's that leaves a client of another name alone, and so looks at names.
        private static bool Ignores(Action<HttpClientFactoryOptions> configureAnother)
        {
            var another = new HttpClientFactoryOptions();
            configureAnother(another);
            return another is { HttpClientActions.Count: 0, HttpMessageHandlerBuilderActions.Count: 0 };
        }
    }
}
