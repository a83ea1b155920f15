namespace OAuthClient.Http;

// The handler at the end of a chain, which does things by itself that somebody else has to decide about.
internal static class Sender
{
    public static HttpMessageHandler? Find(HttpMessageHandler? handler)
    {
        while (handler is DelegatingHandler { InnerHandler: var inner })
            handler = inner;
        return handler;
    }

    // Takes over what may carry credentials elsewhere, the system's proxy and redirects; returns how many redirects it would have followed.
    public static int TakeOver(HttpMessageHandler? handler)
    {
        LoopbackProxy.Use(handler);
        return RedirectPolicy.TakeOver(handler);
    }

    // Changes it, whichever kind it is. Why it cannot be changed any more, having sent requests already; else null.
    public static InvalidOperationException? Change(HttpMessageHandler? handler, Action<SocketsHttpHandler> changeSockets, Action<HttpClientHandler> changeClassic)
    {
        try
        {
            handler = Find(handler);
            if (handler is SocketsHttpHandler sockets)
                changeSockets(sockets);
            else if (handler is HttpClientHandler classic)
                changeClassic(classic);
            return null;
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }
}
