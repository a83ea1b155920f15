using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OAuthClient;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets the instances of a program share their tokens.</summary>
public static class OAuth2TokenStoreExtensions
{
    private const string NoCache = "AddOAuth2DistributedTokenStore needs an IDistributedCache, and none is registered. Register one, with AddStackExchangeRedisCache for instance.";

    /// <summary>Shares the tokens of all clients through a store of your own, unless a client says otherwise with <see cref="OAuth2ClientOptions.ShareTokens"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="create">Creates the store, which the container disposes of.</param>
    /// <param name="configure">Sets the key that seals the tokens, and more. It is checked when the host starts.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddOAuth2TokenStore(this IServiceCollection services, Func<IServiceProvider, IOAuth2TokenStore> create, Action<OAuth2TokenStoreOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddSingleton(create);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OAuth2TokenStoreOptions>, TokenStoreOptionsValidator>());

        // Once all have had their say: the setting may come from a configuration that is bound later on, and be empty there.
        services.AddOptions<OAuth2TokenStoreOptions>().Configure(configure).PostConfigure<IServiceProvider>(static (options, provider) =>
            options.KeyFile = string.IsNullOrWhiteSpace(options.KeyFile) ? null : FromContentRoot(provider, options.KeyFile.Trim())).ValidateOnStart();
        return services;
    }

    /// <summary>
    /// Shares tokens through the <see cref="IDistributedCache"/> that is registered. It knows no claims that are sure: when many instances need a token at
    /// the same moment, a few of them may fetch it. With Redis, <c>AddOAuth2RedisTokenStore</c> of the package OAuthClient.Redis does better.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the key that seals the tokens, and more.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddOAuth2DistributedTokenStore(this IServiceCollection services, Action<OAuth2TokenStoreOptions> configure)
    {
        services.AddOAuth2TokenStore(static provider => new DistributedCacheTokenStore(provider.GetService<IDistributedCache>() ?? throw new InvalidOperationException(NoCache)), configure);

        // A container that cannot tell leaves it to the first use.
        services.AddOptions<OAuth2TokenStoreOptions>().Validate<IServiceProvider>(static (_, provider) => provider.GetService<IServiceProviderIsService>()?.IsService(typeof(IDistributedCache)) is not false, NoCache);
        return services;
    }

    /// <summary>Keeps tokens in files, for a program that is started often, such as a command-line tool.</summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">
    /// The folder of the files, which is made where it is missing. Only its owner can read the files, and the folder where it is made here. A relative one is
    /// under the host's content root.
    /// </param>
    /// <param name="configure">Sets the key that seals the tokens, and more.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddOAuth2FileTokenStore(this IServiceCollection services, string folder, Action<OAuth2TokenStoreOptions> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return services.AddOAuth2TokenStore(provider => new FileTokenStore(FromContentRoot(provider, folder), OAuth2ServiceCollectionExtensions.FindClock(provider)), configure);
    }

    // The host knows where its program's files are; the working directory of a service is another.
    private static string FromContentRoot(IServiceProvider provider, string path) => Path.Combine(provider.GetService<IConfiguration>()?["contentRoot"] ?? "", path);
}
