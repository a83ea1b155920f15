using System.Net;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>An API that answers before the call returns, so that nothing but what is before it is measured.</summary>
internal sealed class StubAnswer : HttpMessageHandler
{
    private readonly Task<HttpResponseMessage> _response = Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _response;
}
