namespace OAuthClient.Http;

// The handler at the end of a chain, which does things by itself that are decided here: it follows redirects blindly, to the same origin without
// the Authorization header, to another with every other header; and it hands calls to this machine to the system's proxy.
internal static class Sender
{
    // How many redirects a handler would have followed. A factory may build several chains over one; the second time its switch shows our value.
    private static readonly ConditionalWeakTable<HttpMessageHandler, object> _redirects = [];

    // Switches proxy and redirects off, and returns how many redirects it would have followed. A proxy that the user chose stays. Handlers that cannot
    // be switched do what they do about redirects before we see it.
    public static int TakeOver(HttpMessageHandler? handler)
    {
        if (!OperatingSystem.IsBrowser())
            Change(handler, sockets => sockets.Proxy ??= sockets.UseProxy ? new LoopbackProxy() : null, classic => classic.Proxy ??= classic.UseProxy ? new LoopbackProxy() : null);
        if (Find(handler) is not { } sender)
            return 0;
        lock (_redirects)
        {
            // Whatever is remembered, somebody may have switched it on again.
            var most = 0;
            var obstacle = Change(
                sender,
                sockets => (most, sockets.AllowAutoRedirect) = sockets.AllowAutoRedirect ? (sockets.MaxAutomaticRedirections, false) : (0, false),
                classic => (most, classic.AllowAutoRedirect) = classic.AllowAutoRedirect ? (classic.MaxAutomaticRedirections, false) : (0, false));
            if (obstacle is not null && sender is SocketsHttpHandler { AllowAutoRedirect: true } or HttpClientHandler { AllowAutoRedirect: true })
                throw new InvalidOperationException("The HTTP handler under an OAuth2 client has sent requests already, so its redirects cannot be kept from carrying credentials elsewhere. Give the client a handler of its own, or set AllowAutoRedirect to false on this one.", obstacle);
            if (most > 0 && obstacle is null)
                _redirects.AddOrUpdate(sender, most);
            return _redirects.TryGetValue(sender, out var known) ? (int)known : 0;
        }
    }

    // Changes it, whichever kind it is. Why it cannot be changed any more, having sent requests already; else null.
    public static InvalidOperationException? Change(HttpMessageHandler? handler, Action<SocketsHttpHandler> changeSockets, Action<HttpClientHandler> changeClassic)
    {
        try
        {
            if (Find(handler) is SocketsHttpHandler sockets)
                changeSockets(sockets);
            else if (Find(handler) is HttpClientHandler classic)
                changeClassic(classic);
            return null;
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }

    public static HttpMessageHandler? Find(HttpMessageHandler? handler) => handler is DelegatingHandler { InnerHandler: var inner } ? Find(inner) : handler;

    // The system's proxy, except for this machine: plain http is allowed there because it never leaves it.
    internal sealed class LoopbackProxy : IWebProxy
    {
        public ICredentials? Credentials { get => HttpClient.DefaultProxy.Credentials; set => HttpClient.DefaultProxy.Credentials = value; }

        public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : HttpClient.DefaultProxy.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
    }
}
