using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

/// <summary>The README's C# code, so that it compiles. <see cref="ReadmeTests"/> compares the two.</summary>
internal static class ReadmeCode
{
    public static async Task TenLines(string[] args)
    {
        // README
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddOAuth2Client("orders", o =>
        {
            o.UseAsgardeo("acme");
            o.ClientId = builder.Configuration["Orders:ClientId"];
            o.ClientSecret = builder.Configuration["Orders:ClientSecret"];
            o.Scopes.Add("orders:read");
            o.BaseAddress = new Uri("https://api.acme.example/orders/");
        });
        using var host = builder.Build();

        var orders = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
        Console.WriteLine(await orders.GetStringAsync("42"));
        // END
    }

    public static void FromConfiguration(IServiceCollection services, IConfiguration configuration)
    {
        // README
        services.AddOAuth2Client("orders", configuration.GetSection("OAuth2"));
        // END
    }

    public static async Task MoreWays(IServiceCollection services, IConfiguration configuration, IOAuth2TokenProvider tokenProvider, HttpRequestMessage request, OAuth2ClientOptions options)
    {
        // README
        // A typed client, and the same token on a second HttpClient.
        services.AddHttpClient<OrdersClient>(c => c.BaseAddress = new Uri("https://api.acme.example/orders/")).AddOAuth2Handler("orders");

        // The HttpClient by its name from the container: [FromKeyedServices("orders")] HttpClient http.
        services.AddOAuth2Client("orders", configuration.GetSection("OAuth2")).AddAsKeyed();

        // gRPC, SignalR, Kiota, scripts: the token itself.
        OAuth2Token token = await tokenProvider.GetTokenAsync("orders");

        // One call with other scopes; its token is cached beside the client's own.
        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { Scopes = new[] { "orders:write" } });

        // Without a container.
        using var http = new HttpClient(OAuth2Handler.Create(options));
        // END
        _ = token;
    }

    public static void ManyTenants(IServiceCollection services, HttpRequestMessage request, string tenant)
    {
        // README
        services.AddOAuth2ClientResolver(async (provider, name, cancellationToken) => await provider.GetRequiredService<Tenants>().FindAsync(name, cancellationToken));
        services.AddHttpClient("tenants").AddOAuth2Handler();

        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = tenant });
        // END
    }

    public static void Fleet(IServiceCollection services)
    {
        // README
        services.AddOAuth2DistributedTokenStore(o => o.KeyFile = "/run/secrets/token-store-key");
        // END
    }

    public static void ResilienceInside(IServiceCollection services, IConfiguration configuration)
    {
        // README
        services.AddOAuth2Client("orders", configuration.GetSection("OAuth2")).AddStandardResilienceHandler();
        // END
    }

    public static void ResilienceOutside(IServiceCollection services)
    {
        // README
        services.ConfigureHttpClientDefaults(http => http.AddStandardResilienceHandler(o =>
        {
            // No token, no call: an outage is worth another attempt, as soon as the library makes one; a refusal is not. Neither speaks against the API.
            var (retry, delay, trip) = (o.Retry.ShouldHandle, o.Retry.DelayGenerator, o.CircuitBreaker.ShouldHandle);
            o.Retry.ShouldHandle = args => args.Outcome.Exception is OAuth2TokenException failure ? new(failure.IsTransient) : retry(args);
            o.Retry.DelayGenerator = args => args.Outcome.Exception is OAuth2TokenException { RetryAfter: { } wait } ? new(wait) : delay?.Invoke(args) ?? default;
            o.CircuitBreaker.ShouldHandle = args => args.Outcome.Exception is OAuth2TokenException ? new(false) : trip(args);
        }));
        // END
    }

    public static void ApplicationUnderTest(IServiceCollection services, OAuth2TestServer server)
    {
        // TESTING README
        services.ConfigureAll<OAuth2ClientOptions>(o =>
        {
            (o.Connection, o.ClientSecretFile, o.ClientSecretCallback) = (null, null, null);
            (o.TokenEndpoint, o.RevocationEndpoint, o.BaseAddress) = (server.TokenEndpoint, server.RevocationEndpoint, server.ApiBaseAddress);
            (o.ClientId, o.ClientSecret) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
        });
        // END
    }

    public static void TokenEndpointHandler(IServiceCollection services, HttpMessageHandler handler) =>
        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(() => handler);

    public static void ClockOfItsOwn(IServiceCollection services, ManualTimeProvider clock) =>
        services.AddKeyedSingleton<TimeProvider>(OAuth2Defaults.TimeProviderKey, clock);

    public static async Task Remedies(HttpRequestMessage request, HttpContent content)
    {
        await content.LoadIntoBufferAsync();
        request.Headers.ExpectContinue = true;
        request.SetOAuth2TokenRequest(new() { NoToken = true });
    }

    public static async Task<bool> GatewayErrors(HttpResponseMessage answer)
    {
        if (await answer.ReadGatewayErrorAsync() is { RetryAfter: { } wait })
            await Task.Delay(wait);
        return await answer.EnsureApiSuccessAsync() == answer;
    }

    public static void Platforms(OAuth2ClientOptions o)
    {
        o.UseAsgardeo("<organization>");
        o.GrantType = GrantTypes.Password;
        o.UseBijira();
        o.UseChoreo();
        o.UseConnection("<CONNECTION_NAME>");
        o.UseIdentityServer(new Uri("https://localhost:9443"), tenant: "<tenant>");
        o.HeaderName = "X-API-Authorization";
    }

    private sealed class Tenants(Dictionary<string, OAuth2ClientOptions> known)
    {
        public Task<OAuth2ClientOptions?> FindAsync(string name, CancellationToken cancellationToken) =>
            cancellationToken.IsCancellationRequested ? Task.FromCanceled<OAuth2ClientOptions?>(cancellationToken) : Task.FromResult(known.GetValueOrDefault(name));
    }

    private sealed class OrdersClient(HttpClient http)
    {
        public Task<string> GetAsync(int id) => http.GetStringAsync(new Uri($"{id}", UriKind.Relative));
    }
}
