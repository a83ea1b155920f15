using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using OAuthClient;
using OAuthClient.DependencyInjection;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Has a host fetch tokens before it starts.</summary>
public static class OAuth2WarmUpExtensions
{
    /// <summary>
    /// Fetches the tokens of all OAuth2 clients side by side while the host starts, before its web server takes a request, so that no first call waits for one.
    /// Clients that are registered later count too. Calling it again adds to the options.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Says which clients, for how long, and whether the host starts without; null for the defaults. It is checked when the host starts.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddOAuth2WarmUp(this IServiceCollection services, Action<OAuth2WarmUpOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OAuth2ServiceCollectionExtensions.AddCore(services);
        var options = services.AddOptions<OAuth2WarmUpOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OAuth2WarmUpOptions>, WarmUpOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, WarmUp>());
        return services;
    }
}
