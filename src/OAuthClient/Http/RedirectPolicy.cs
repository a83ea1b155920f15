namespace OAuthClient.Http;

// How far an HttpClient follows redirects. The handlers that send do it blindly: to the same origin they drop the Authorization header, to
// another they carry every other header along. So theirs is switched off, and what the user had set is done here.
internal static class RedirectPolicy
{
    // A factory may build several chains over one handler; the second time its switch shows our value and not the user's.
    private static readonly ConditionalWeakTable<HttpMessageHandler, object> _taken = [];

    // Switches redirects off in the handler that sends, and returns how many it would have followed. Handlers that cannot be switched do what
    // they do about redirects before we see it.
    // Throws InvalidOperationException: The handler has sent already and cannot be switched any more.
    public static int TakeOver(HttpMessageHandler? handler)
    {
        if (Sender.Find(handler) is not { } sender)
            return 0;
        lock (_taken)
        {
            // Whatever is remembered, somebody may have switched it on again.
            var most = 0;
            var obstacle = Sender.Change(
                sender,
                sockets => (most, sockets.AllowAutoRedirect) = sockets.AllowAutoRedirect ? (sockets.MaxAutomaticRedirections, false) : (0, false),
                classic => (most, classic.AllowAutoRedirect) = classic.AllowAutoRedirect ? (classic.MaxAutomaticRedirections, false) : (0, false));
            if (obstacle is not null && sender is SocketsHttpHandler { AllowAutoRedirect: true } or HttpClientHandler { AllowAutoRedirect: true })
                throw new InvalidOperationException("The HTTP handler under an OAuth2 client has sent requests already, so its redirects cannot be kept from carrying credentials elsewhere. Give the client a handler of its own, or set AllowAutoRedirect to false on this one.", obstacle);
            if (most > 0 && obstacle is null)
                _taken.AddOrUpdate(sender, most);
            return _taken.TryGetValue(sender, out var known) ? (int)known : 0;
        }
    }
}
