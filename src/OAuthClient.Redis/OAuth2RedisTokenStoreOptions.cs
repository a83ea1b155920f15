namespace OAuthClient.Redis;

/// <summary>Which Redis shares the tokens, and under which names.</summary>
public sealed class OAuth2RedisTokenStoreOptions : OAuth2TokenStoreOptions
{
    /// <summary>
    /// Where Redis is, as StackExchange.Redis reads it: <c>redis.internal:6380,ssl=true,password=...</c>, hosts first. Null, the default, takes the
    /// <c>IConnectionMultiplexer</c> that the program has registered.
    /// </summary>
    /// <remarks>
    /// The store connects on first use, goes on where Redis is down, and connects again by itself; <c>abortConnect</c> changes nothing of that.
    /// It never disposes of a multiplexer that the program has registered.
    /// </remarks>
    public string? Configuration { get; set; }

    /// <summary>What the names of all keys and of the channel begin with; default: <c>oauthclient:</c>. Programs that are to share no tokens differ in it, or in <see cref="OAuth2TokenStoreOptions.Key"/>.</summary>
    public string KeyPrefix { get; set; } = "oauthclient:";

    /// <summary>The number of the database, from 0. Null, the default, takes the one of the configuration, which is 0 where that names none.</summary>
    public int? Database { get; set; }
}
