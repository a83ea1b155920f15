using System.Net.Http.Headers;
using Microsoft.Extensions.Caching.Memory;

namespace OAuthClient.Benchmarks.Peers;

/// <summary>The other thing that teams write: the token in an IMemoryCache until shortly before it expires.</summary>
internal sealed class MemoryCacheHandler(FetchToken fetch, TimeSpan margin) : DelegatingHandler
{
    private readonly MemoryCache _cache = new(new MemoryCacheOptions());

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = await _cache.GetOrCreateAsync("token", async entry =>
        {
            var (fetched, lifetime) = await fetch(cancellationToken).ConfigureAwait(false);
            entry.AbsoluteExpirationRelativeToNow = lifetime - margin;
            return fetched;
        }).ConfigureAwait(false);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _cache.Dispose();
        base.Dispose(disposing);
    }
}
