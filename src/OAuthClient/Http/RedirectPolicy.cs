using System.Runtime.CompilerServices;

namespace OAuthClient.Http;

// Whether and how far an HttpClient follows redirects. The handlers that send do it blindly: to the same origin they drop the Authorization
// header, to another they carry every other header along. So theirs is switched off, and what the user had set is done here.
internal sealed record RedirectPolicy(bool Follow, int MaxRedirects)
{
    // For handlers that cannot be switched: whatever they do about redirects, they do before we see it.
    public static readonly RedirectPolicy None = new(Follow: false, MaxRedirects: 0);

    // A factory may build several chains over one handler; the second time its switch shows our value and not the user's.
    private static readonly ConditionalWeakTable<HttpMessageHandler, RedirectPolicy> _taken = [];

    // Switches redirects off in the handler that sends, and returns what was set there.
    // Throws InvalidOperationException: The handler has sent already and cannot be switched any more.
    public static RedirectPolicy TakeOver(HttpMessageHandler? handler)
    {
        handler = FindSender(handler);
        if (handler is not (SocketsHttpHandler or HttpClientHandler))
            return None;
        lock (_taken)
        {
            // Whatever is remembered, somebody may have switched it on again.
            var policy = Switch(handler);
            if (policy.Follow)
                _taken.AddOrUpdate(handler, policy);
            return _taken.GetValue(handler, _ => policy);
        }
    }

    // The handler at the end of a chain.
    public static HttpMessageHandler? FindSender(HttpMessageHandler? handler)
    {
        while (handler is DelegatingHandler { InnerHandler: var inner })
            handler = inner;
        return handler;
    }

    private static RedirectPolicy Switch(HttpMessageHandler handler)
    {
        try
        {
            RedirectPolicy policy;
            switch (handler)
            {
                case SocketsHttpHandler { AllowAutoRedirect: true } sockets:
                    policy = new RedirectPolicy(Follow: true, sockets.MaxAutomaticRedirections);
                    sockets.AllowAutoRedirect = false;
                    return policy;
                case HttpClientHandler { AllowAutoRedirect: true } classic:
                    policy = new RedirectPolicy(Follow: true, classic.MaxAutomaticRedirections);
                    classic.AllowAutoRedirect = false;
                    return policy;
                default:
                    return None;
            }
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException("The HTTP handler under an OAuth2 client has sent requests already, so its redirects cannot be kept from carrying credentials elsewhere. Give the client a handler of its own, or set AllowAutoRedirect to false on this one.", exception);
        }
    }
}
