using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OAuthClient;
using OAuthClient.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets the instances of a program share their tokens through Redis.</summary>
public static class OAuth2RedisTokenStoreExtensions
{
    /// <summary>Shares the tokens of all clients through Redis, or an engine that speaks its protocol (Valkey, Garnet and others).</summary>
    /// <remarks>Settings that make no sense fail at the start; a Redis that is down does not.</remarks>
    /// <param name="services">The services.</param>
    /// <param name="configure">Says where Redis is, and sets the key that seals the tokens.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddOAuth2RedisTokenStore(this IServiceCollection services, Action<OAuth2RedisTokenStoreOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<OAuth2RedisTokenStoreOptions>().Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OAuth2RedisTokenStoreOptions>, OAuth2RedisTokenStoreOptionsValidator>());

        // Whoever reads the options of all stores reads these first, so they are validated with them at the start, and once.
        services.AddOptions<OAuth2TokenStoreOptions>().Configure<IOptions<OAuth2RedisTokenStoreOptions>>(static (store, redis) => Copy(redis.Value, store));
        return services.AddOAuth2TokenStore(
            static provider => new RedisTokenStore(provider.GetRequiredService<IOptions<OAuth2RedisTokenStoreOptions>>().Value, provider.GetService<StackExchange.Redis.IConnectionMultiplexer>),
            static _ => { });
    }

    private static void Copy(OAuth2TokenStoreOptions from, OAuth2TokenStoreOptions to)
    {
        to.Key = from.Key;
        to.KeyFile = from.KeyFile;
        to.KeyCallback = from.KeyCallback;
        to.Protect = from.Protect;
        to.Unprotect = from.Unprotect;
        to.AllowUnencrypted = from.AllowUnencrypted;
        to.Timeout = from.Timeout;
        to.ConnectTimeout = from.ConnectTimeout;
    }
}
