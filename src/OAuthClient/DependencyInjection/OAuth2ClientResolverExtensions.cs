using Microsoft.Extensions.DependencyInjection.Extensions;
using OAuthClient;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Finds OAuth2 clients that are known only at run time, such as tenants in a database.</summary>
public static class OAuth2ClientResolverExtensions
{
    /// <summary>
    /// Has <paramref name="resolve"/> asked for a client's options by the first call that names it, in <see cref="OAuth2TokenRequest.ClientName"/> or to
    /// <see cref="IOAuth2TokenProvider"/>, where nobody has registered that name. All who need it meanwhile wait for the one answer, and for no other's. What
    /// it brings is checked as registered options are. <see cref="IOAuth2ResolvedClients"/> has a client reloaded or removed.
    /// </summary>
    /// <remarks>An <see cref="HttpClient"/> whose requests name their clients is made by <c>AddHttpClient(...).AddOAuth2Handler()</c>.</remarks>
    /// <param name="services">The services.</param>
    /// <param name="resolve">
    /// Takes services of a scope of its own, the client's name, and a token that ends at <see cref="OAuth2ClientResolverOptions.Timeout"/>; returns new options, or
    /// null where there is no such client. Names may come from outside, so look them up and do not build them into a query; one that is longer than 256 characters, or holds control characters, is not asked for. It must not use a client that it brings.
    /// </param>
    /// <param name="configure">Sets how many clients are kept and for how long; null for the defaults.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">There is a resolver already.</exception>
    public static IServiceCollection AddOAuth2ClientResolver(
        this IServiceCollection services, Func<IServiceProvider, string, CancellationToken, ValueTask<OAuth2ClientOptions?>> resolve, Action<OAuth2ClientResolverOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(resolve);
        var registrations = OAuth2ServiceCollectionExtensions.AddCore(services);
        if (services.Any(service => service.ServiceType == typeof(ClientResolver)))
            throw new InvalidOperationException("AddOAuth2ClientResolver was called already. Let the one resolver find all clients.");
        var options = services.AddOptions<OAuth2ClientResolverOptions>()
            .Validate(static limits => limits.MaxClients >= 1, "OAuth2ClientResolverOptions: MaxClients must be at least 1.")
            .Validate(static limits => limits.IdleTimeout >= TimeSpan.FromSeconds(1) && limits.IdleTimeout <= TimeSpan.FromDays(30), "OAuth2ClientResolverOptions: IdleTimeout must be from 1 second to 30 days.")
            .Validate(static limits => limits.Timeout >= TimeSpan.FromSeconds(1) && limits.Timeout <= TimeSpan.FromDays(1), "OAuth2ClientResolverOptions: Timeout must be from 1 second to 1 day.")
            .ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.AddSingleton(provider =>
        {
            var scopes = provider.GetRequiredService<IServiceScopeFactory>();
            IPostConfigureOptions<OAuth2ClientOptions>[] defaults = [.. provider.GetServices<IPostConfigureOptions<OAuth2ClientOptions>>()];

            // The name is nobody's; and of registered clients alone it may exchange tokens, so that none leads back to itself.
            IValidateOptions<OAuth2ClientOptions>[] checks =
            [
                new OAuth2ClientOptionsValidator(static _ => null, (_, exchanged) => registrations.FindUnknown(exchanged), CredentialCheck.Find),
                .. provider.GetServices<IValidateOptions<OAuth2ClientOptions>>().Where(check => check is not OAuth2ClientOptionsValidator),
            ];
            return new ClientResolver(ResolveAsync, provider.GetRequiredService<IOptions<OAuth2ClientResolverOptions>>().Value);

            async Task<OAuth2ClientOptions?> ResolveAsync(string name, CancellationToken cancellationToken)
            {
                await using var scope = scopes.CreateAsyncScope();
                if (await resolve(scope.ServiceProvider, name, cancellationToken).ConfigureAwait(false) is not { } found)
                    return null;
                foreach (var setting in defaults)
                    setting.PostConfigure(name, found);
                string[] faults = [.. checks.Select(check => check.Validate(name, found)).Where(result => result.Failed).SelectMany(result => result.Failures!)];
                if (faults.Length > 0)
                    throw new OptionsValidationException(name, typeof(OAuth2ClientOptions), faults);
                return found;
            }
        });
        services.TryAddSingleton<IOAuth2ResolvedClients>(static provider => provider.GetRequiredService<OAuth2Clients>());
        return services;
    }
}
