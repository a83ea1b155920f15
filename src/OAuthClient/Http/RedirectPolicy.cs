using System.Runtime.CompilerServices;

namespace OAuthClient.Http;

/// <summary>
/// Whether and how far an HttpClient follows redirects. The handlers that send do it blindly: to the same origin they drop the
/// Authorization header, to another they carry every other header along. So theirs is switched off, and what the user had set is done here.
/// </summary>
internal sealed record RedirectPolicy(bool Follow, int MaxRedirects)
{
    /// <summary>For handlers that cannot be switched: whatever they do about redirects, they do before we see it.</summary>
    public static readonly RedirectPolicy None = new(Follow: false, MaxRedirects: 0);

    // A factory may build several chains over one handler; the second time its switch shows our value and not the user's.
    private static readonly ConditionalWeakTable<HttpMessageHandler, RedirectPolicy> _taken = [];

    /// <summary>Switches redirects off in the handler that sends, and returns what was set there.</summary>
    /// <exception cref="InvalidOperationException">The handler has sent already and cannot be switched any more.</exception>
    public static RedirectPolicy TakeOver(HttpMessageHandler? handler)
    {
        handler = FindSender(handler);
        if (handler is not (SocketsHttpHandler or HttpClientHandler))
            return None;
        lock (_taken)
        {
            if (_taken.TryGetValue(handler, out var known))
                return known;
            var policy = Switch(handler);
            _taken.Add(handler, policy);
            return policy;
        }
    }

    /// <summary>The handler at the end of a chain.</summary>
    public static HttpMessageHandler? FindSender(HttpMessageHandler? handler)
    {
        while (handler is DelegatingHandler { InnerHandler: var inner })
            handler = inner;
        return handler;
    }

    private static RedirectPolicy Switch(HttpMessageHandler handler)
    {
        var policy = handler switch
        {
            SocketsHttpHandler sockets => new RedirectPolicy(sockets.AllowAutoRedirect, sockets.MaxAutomaticRedirections),
            HttpClientHandler classic => new RedirectPolicy(classic.AllowAutoRedirect, classic.MaxAutomaticRedirections),
            _ => None,
        };
        if (!policy.Follow)
            return policy;
        try
        {
            if (handler is SocketsHttpHandler sockets)
                sockets.AllowAutoRedirect = false;
            else if (handler is HttpClientHandler classic)
                classic.AllowAutoRedirect = false;
            return policy;
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException("The HTTP handler under an OAuth2 client has sent requests already, so its redirects cannot be kept from carrying credentials elsewhere. Give the client a handler of its own, or set AllowAutoRedirect to false on this one.", exception);
        }
    }
}
