namespace OAuthClient.Http;

// A last look at where a call goes, behind other handlers: one that routes calls, as hedging and service discovery do, must not take the
// credentials to whom they are not for.
internal sealed class OriginCheck(Action<HttpRequestMessage> check) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        check(request);
        return base.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        check(request);
        return base.Send(request, cancellationToken);
    }
}
