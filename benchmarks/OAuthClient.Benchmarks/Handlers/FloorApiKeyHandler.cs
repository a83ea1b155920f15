using System.Net.Http.Headers;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>The floor where an API key goes beside the token.</summary>
internal sealed class FloorApiKeyHandler(string name, string apiKey) : DelegatingHandler
{
    private readonly AuthenticationHeaderValue _header = new("Bearer", StubTokens.Create(0));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = _header;
        request.Headers.TryAddWithoutValidation(name, apiKey);
        return base.SendAsync(request, cancellationToken);
    }
}
