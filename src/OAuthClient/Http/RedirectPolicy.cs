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
        if (Sender.Find(handler) is not { } sender)
            return None;
        lock (_taken)
        {
            // Whatever is remembered, somebody may have switched it on again.
            var policy = None;
            var obstacle = Sender.Change(
                sender,
                sockets =>
                {
                    if (sockets.AllowAutoRedirect)
                        (sockets.AllowAutoRedirect, policy) = (false, new RedirectPolicy(Follow: true, sockets.MaxAutomaticRedirections));
                },
                classic =>
                {
                    if (classic.AllowAutoRedirect)
                        (classic.AllowAutoRedirect, policy) = (false, new RedirectPolicy(Follow: true, classic.MaxAutomaticRedirections));
                });
            if (obstacle is not null)
                throw new InvalidOperationException("The HTTP handler under an OAuth2 client has sent requests already, so its redirects cannot be kept from carrying credentials elsewhere. Give the client a handler of its own, or set AllowAutoRedirect to false on this one.", obstacle);
            if (policy.Follow)
                _taken.AddOrUpdate(sender, policy);
            return _taken.TryGetValue(sender, out var known) ? known : policy;
        }
    }
}
