using Microsoft.Extensions.Caching.Distributed;

namespace OAuthClient.Store;

// A store in whatever is behind IDistributedCache, which has no operation that sets what is not there: of two instances that claim at once, both may
// get the claim now and then.
internal sealed class DistributedCacheTokenStore(IDistributedCache cache) : IOAuth2TokenStore
{
    private const string Prefix = "oauthclient:";
    private const string ClaimPrefix = $"{Prefix}claim:";

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default) => await cache.GetAsync(Prefix + key, cancellationToken).ConfigureAwait(false);

    public async ValueTask SetAsync(string key, byte[] value, TimeSpan timeToLive, CancellationToken cancellationToken = default) =>
        await cache.SetAsync(Prefix + key, value, Expires(timeToLive), cancellationToken).ConfigureAwait(false);

    public async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => await cache.RemoveAsync(Prefix + key, cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> TryClaimAsync(string key, string claim, TimeSpan timeToLive, CancellationToken cancellationToken = default)
    {
        if (await cache.GetStringAsync(ClaimPrefix + key, cancellationToken).ConfigureAwait(false) is { } other && other != claim)
            return false;
        await cache.SetStringAsync(ClaimPrefix + key, claim, Expires(timeToLive), cancellationToken).ConfigureAwait(false);
        return await cache.GetStringAsync(ClaimPrefix + key, cancellationToken).ConfigureAwait(false) == claim;
    }

    public async ValueTask ReleaseClaimAsync(string key, string claim, CancellationToken cancellationToken = default)
    {
        if (await cache.GetStringAsync(ClaimPrefix + key, cancellationToken).ConfigureAwait(false) == claim)
            await cache.RemoveAsync(ClaimPrefix + key, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<bool> SubscribeAsync(Action<string> changed, CancellationToken cancellationToken = default) => new(false);

    private static DistributedCacheEntryOptions Expires(TimeSpan timeToLive) => new() { AbsoluteExpirationRelativeToNow = timeToLive };
}
