namespace OAuthClient.Tests.Fapi;

/// <summary>Stands between the library and the connection: sees each request after all that the library does to it, and may change it.</summary>
internal sealed class Wire(Action<HttpRequestMessage>? onRequest, Action<HttpRequestMessage, HttpResponseMessage>? onAnswer = null) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        onRequest?.Invoke(request);
        var answer = await base.SendAsync(request, cancellationToken);
        onAnswer?.Invoke(request, answer);
        return answer;
    }
}
