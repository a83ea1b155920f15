using System.Net.Http.Headers;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>The least that any handler can do for a call: it sets one preallocated header.</summary>
internal sealed class FloorHandler : DelegatingHandler
{
    private readonly AuthenticationHeaderValue _header = new("Bearer", StubTokens.Create(0));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = _header;
        return base.SendAsync(request, cancellationToken);
    }
}
