using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>A container with a client whose token endpoint and API are in memory.</summary>
internal static class StubbedServices
{
    public const string ClientName = "orders";

    public static IServiceCollection AddStubbedClient(this IServiceCollection services, StubTokenEndpoint endpoint, int maxTokens = 10_000, string name = ClientName)
    {
        services.AddOAuth2Client(name, options =>
        {
            options.TokenEndpoint = new Uri("https://sts.example/token");
            options.BaseAddress = WarmClient.Address;
            (options.ClientId, options.ClientSecret, options.MaxTokens) = (name, "secret", maxTokens);
        }).ConfigurePrimaryHttpMessageHandler(() => new StubAnswer());
        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(() => endpoint);
        return services;
    }
}
