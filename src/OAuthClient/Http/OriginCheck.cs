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

    // Puts a check behind the handlers under ours, where there are any but the factory's own, and before those that resolve.
    public static void Insert(DelegatingHandler ours, Action<HttpRequestMessage> check)
    {
        var (last, isNeeded) = (ours, false);
        while (last.InnerHandler is DelegatingHandler next and not OriginCheck && !IsResolver(next))
            (last, isNeeded) = (next, isNeeded || !IsFactorys(next));
        if (isNeeded && last.InnerHandler is not OriginCheck)
            last.InnerHandler = new OriginCheck(check) { InnerHandler = last.InnerHandler! };
    }

    // True for the handler of Aspire's service discovery, by name: no more is known of it here.
    public static bool IsResolver(DelegatingHandler handler) =>
        handler.GetType().Namespace?.StartsWith("Microsoft.Extensions.ServiceDiscovery", StringComparison.Ordinal) == true;

    // True for what the factory itself puts into chains.
    public static bool IsFactorys(DelegatingHandler handler) => handler.GetType().Assembly == typeof(IHttpClientFactory).Assembly;
}
