namespace OAuthClient.Http;

// A last look at where a call goes, behind other handlers: one that routes calls, as hedging and service discovery do, must not take the
// credentials to whom they are not for. What to look for comes with the request where several chains share the handlers between.
internal sealed class OriginCheck(Action<HttpRequestMessage>? check = null) : DelegatingHandler
{
    private static readonly HttpRequestOptionsKey<Action<HttpRequestMessage>> _key = new("OAuthClient.OriginCheck");

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Find(request)?.Invoke(request);
        return base.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Find(request)?.Invoke(request);
        return base.Send(request, cancellationToken);
    }

    public static void Watch(HttpRequestMessage request, Action<HttpRequestMessage> check) => request.Options.Set(_key, check);

    // Puts a check behind the handlers under ours, where there are any but the factory's own, and before those that resolve. False where none is needed.
    public static bool Insert(DelegatingHandler ours)
    {
        var (last, isNeeded) = (ours, false);
        while (last.InnerHandler is DelegatingHandler next and not OriginCheck && !IsResolver(next))
            (last, isNeeded) = (next, isNeeded || !IsFactorys(next));
        try
        {
            if (isNeeded && last.InnerHandler is not OriginCheck)
                last.InnerHandler = new OriginCheck { InnerHandler = last.InnerHandler! };
            return isNeeded;
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"The handler {last.GetType().Name} under an OAuth2 client has sent requests already, so it cannot be watched that it takes no credentials elsewhere. Give the client a handler of its own.", exception);
        }
    }

    // True for the handler of Aspire's service discovery, by name: no more is known of it here.
    public static bool IsResolver(DelegatingHandler handler) =>
        handler.GetType().Namespace?.StartsWith("Microsoft.Extensions.ServiceDiscovery", StringComparison.Ordinal) == true;

    public static bool IsFactorys(DelegatingHandler handler) => handler is ClientCertificates || handler.GetType().Assembly == typeof(IHttpClientFactory).Assembly;

    private Action<HttpRequestMessage>? Find(HttpRequestMessage request) =>
        check ?? (HiddenState.PeekOptions(request) is { } options && options.TryGetValue(_key, out var own) ? own : null);
}
