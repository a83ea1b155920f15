namespace OAuthClient;

/// <summary>
/// Where the instances of a program share their tokens. What it holds is sealed: a store sees names that tell nothing and bytes that it cannot
/// read. Register one with <c>AddOAuth2TokenStore</c>, or one that is there with <c>AddOAuth2DistributedTokenStore</c>,
/// <c>AddOAuth2FileTokenStore</c> or <c>AddOAuth2RedisTokenStore</c>.
/// </summary>
/// <remarks>
/// A store may be slow, down or empty: that is a miss, and a failed call never. So let its methods throw what they like, but never block. A
/// method that takes longer than <see cref="OAuth2TokenStoreOptions.Timeout"/> is given up. Keys are at most 64 letters, digits, <c>-</c> and <c>_</c>.
/// </remarks>
public interface IOAuth2TokenStore
{
    /// <summary>Returns what <see cref="SetAsync"/> has stored under a key, unless it has been removed or its time is over.</summary>
    /// <param name="key">The entry's key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The value, or null where there is none.</returns>
    ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Stores a value under a key, in place of the one before, and tells those who have subscribed.</summary>
    /// <param name="key">The entry's key.</param>
    /// <param name="value">The value, some kilobytes at most.</param>
    /// <param name="timeToLive">After which time it is to be gone, at least a second.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask SetAsync(string key, byte[] value, TimeSpan timeToLive, CancellationToken cancellationToken = default);

    /// <summary>Removes what is stored under a key, if there is anything.</summary>
    /// <param name="key">The entry's key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>
    /// Claims the right to fetch the token of a key. A claim is no entry: it has a name space of its own. It should be atomic; where
    /// the engine has no such thing it may be advisory, and two instances then fetch at a time now and then.
    /// </summary>
    /// <param name="key">The key that is claimed.</param>
    /// <param name="claim">What tells this claim from all others.</param>
    /// <param name="timeToLive">After which time the claim is to be gone if nobody extends it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>True where nobody has claimed the key, or it was by this very <paramref name="claim"/>, which then lives for <paramref name="timeToLive"/> from now.</returns>
    ValueTask<bool> TryClaimAsync(string key, string claim, TimeSpan timeToLive, CancellationToken cancellationToken = default);

    /// <summary>Gives a claim up if it still is this one, and tells those who have subscribed.</summary>
    /// <param name="key">The key that was claimed.</param>
    /// <param name="claim">The claim.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask ReleaseClaimAsync(string key, string claim, CancellationToken cancellationToken = default);

    /// <summary>Asks to be told, from now on and as long as the store lives, of each key that any instance has set or whose claim it has given up.</summary>
    /// <param name="changed">Is called with the key, on any thread; it returns at once. A call too many, or one that is missing, does no harm.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False where the store cannot tell; then it is asked now and then by those who wait.</returns>
    ValueTask<bool> SubscribeAsync(Action<string> changed, CancellationToken cancellationToken = default);
}
