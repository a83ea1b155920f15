using System.Collections.Concurrent;
using System.Net;

namespace OAuthClient.Tests.Http;

/// <summary>Stands where a network would be: notes where calls go and with which headers, and answers 200 with a body.</summary>
internal sealed class RecordingHandler(string body = "{}") : HttpMessageHandler
{
    private readonly ConcurrentQueue<(Uri Address, string? Authorization)> _calls = new();

    public IReadOnlyCollection<(Uri Address, string? Authorization)> Calls => _calls;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _calls.Enqueue((request.RequestUri!, request.Headers.Authorization?.ToString()));
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body) });
    }
}
