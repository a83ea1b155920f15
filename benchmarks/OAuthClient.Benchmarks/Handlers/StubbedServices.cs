using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>Clients whose token endpoint and API are in memory.</summary>
internal static class StubbedServices
{
    public const string ClientName = "orders";

    public static IServiceCollection AddStubbedClient(this IServiceCollection services, string name = ClientName, int maxTokens = 10_000)
    {
        services.AddOAuth2Client(name, options =>
        {
            options.TokenEndpoint = new Uri("https://sts.example/token");
            options.BaseAddress = WarmClient.Address;
            (options.ClientId, options.ClientSecret, options.MaxTokens) = (name, "secret", maxTokens);
        }).ConfigurePrimaryHttpMessageHandler(static () => new StubAnswer());
        return services;
    }

    /// <summary>Has all clients ask that endpoint.</summary>
    public static IServiceCollection AddStubbedEndpoint(this IServiceCollection services, StubTokenEndpoint endpoint)
    {
        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(() => endpoint);
        return services;
    }
}
