using System.Net.Http.Headers;

namespace OAuthClient.Benchmarks.Peers;

/// <summary>A token and how long it lives, as the hand-rolled handlers fetch it.</summary>
internal delegate Task<(string Token, TimeSpan Lifetime)> FetchToken(CancellationToken cancellationToken);

/// <summary>What most teams write: a field, an expiry check, and a semaphore around both, since a lock cannot be held across an await.</summary>
internal sealed class SemaphoreHandler(FetchToken fetch, TimeSpan margin) : DelegatingHandler
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private string? _token;
    private DateTimeOffset _expiresAt;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await GetTokenAsync(cancellationToken).ConfigureAwait(false));
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gate.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<string> GetTokenAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_token is null || DateTimeOffset.UtcNow >= _expiresAt)
            {
                (_token, var lifetime) = await fetch(cancellationToken).ConfigureAwait(false);
                _expiresAt = DateTimeOffset.UtcNow + lifetime - margin;
            }

            return _token;
        }
        finally
        {
            _gate.Release();
        }
    }
}
