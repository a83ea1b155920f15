namespace OAuthClient.Http;

// Attaches the token and, where the API answers 401 and another token can help, sends the call once more; follows redirects so that
// credentials go to allowed origins alone. Holds nothing but what its chain is like: factories pool and recycle handlers.
internal sealed class AccessTokenHandler(OAuth2Client client, Func<string, OAuth2Client>? findClient = null, Action? onDispose = null) : DelegatingHandler
{
    // A call as it was sent: with which token of which source, to whom. No source: without a token. No origin: without anything.
    private readonly record struct Sent(ClientState State, TokenSource? Source, TokenEntry? Entry, Origin? Origin);

    private readonly object _gate = new();
    private Action<HttpRequestMessage>? _check;
    private volatile int _maxRedirects = -1; // How many redirects the handler that sends would follow; less than none before the first call.

    // Before the first call, which the chain is complete for: takes over what the handlers under it would do about redirects and routes.
    public void TakeOver()
    {
        lock (_gate)
        {
            if (_maxRedirects >= 0)
                return;
            _check = OriginCheck.Insert(this) ? request => Check(request, isResolved: false) : null;
            _maxRedirects = Sender.TakeOver(InnerHandler);
        }
    }

    // Throws InvalidOperationException: The request carries credentials, and was routed to an origin that may not see them, or, where a logical
    // address has been resolved, to one that would have them travel in clear.
    public void Check(HttpRequestMessage request, bool isResolved)
    {
        var overrides = request.GetOAuth2TokenRequest();
        if (overrides is { NoToken: true } || Find(overrides).State is not { } state || !state.Headers.Contains(request))
            return;
        if (!isResolved)
            state.GetAllowed(request.RequestUri);
        else if (!Origin.IsSecure(request.RequestUri!, state.Settings.AllowInsecureHttp))
            throw state.TravelsInClear(request.RequestUri!);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Prepare(request);
        var state = client.State;
        if (request.Content is not null)
        {
            if (state.Settings.MaxRequestContentBufferSize > 0)
                return SendSlowlyAsync(request, async: true, cancellationToken).AsTask();
            ExpectedContent.Watch(request);
        }

        // The usual case at the least cost: a fresh token for an allowed origin, an answer that is there at once and has nothing to tell.
        var now = client.Clock.Now;
        if (FindSource(state, request, now) is not { } source || source.GetFresh(now) is not { } entry || state.Origins.Find(request.RequestUri, now) is not { } origin)
            return SendSlowlyAsync(request, async: true, cancellationToken).AsTask();
        state.Headers.Apply(request, entry);
        var sending = base.SendAsync(request, cancellationToken);
        return sending.IsCompletedSuccessfully && sending.Result.StatusCode is var status && status != HttpStatusCode.Unauthorized && !Redirect.IsRedirect(status) && !source.State.IsNews(entry, origin)
            ? sending
            : FinishAsync(new Sent(state, source, entry, origin), request, sending, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Prepare(request);
        return SendSlowlyAsync(request, async: false, cancellationToken).AsTask().GetAwaiter().GetResult();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            onDispose?.Invoke();
        base.Dispose(disposing);
    }

    private void Prepare(HttpRequestMessage request)
    {
        if (_maxRedirects < 0)
            TakeOver();
        if (_check is not null)
            OriginCheck.Watch(request, _check);
    }

    private async Task<HttpResponseMessage> FinishAsync(Sent sent, HttpRequestMessage request, Task<HttpResponseMessage> sending, CancellationToken cancellationToken) =>
        await FinishAsync(sent, request, await sending.ConfigureAwait(false), async: true, cancellationToken).ConfigureAwait(false);

    private async ValueTask<HttpResponseMessage> SendSlowlyAsync(HttpRequestMessage request, bool async, CancellationToken cancellationToken)
    {
        var overrides = request.GetOAuth2TokenRequest();
        var owner = Find(overrides);
        var state = owner.State;
        var sent = new Sent(state, null, null, null);
        if (overrides is not { NoToken: true })
        {
            var origin = state.GetAllowed(request.RequestUri);
            owner.NoteCall(request);
            await ResendRules.BufferAsync(request.Content, state.Settings, async, cancellationToken).ConfigureAwait(false);
            ExpectedContent.Watch(request);
            sent = await AttachAsync(state, request, origin, overrides, mayForce: true, async, cancellationToken).ConfigureAwait(false);
        }

        var response = await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(sent, request, response, async, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<Sent> AttachAsync(ClientState state, HttpRequestMessage request, Origin origin, OAuth2TokenRequest? overrides, bool mayForce, bool async, CancellationToken cancellationToken)
    {
        if (state.Settings.SendsNoToken)
        {
            state.Headers.Apply(request, entry: null);
            return new Sent(state, null, null, origin);
        }

        var source = state.GetSource(overrides);
        var patient = source.State.RevokesPrevious && !ResendRules.CanReplay(request.Content);
        var entry = mayForce && overrides is { ForceNewToken: true }
            ? await source.ForceAsync(state.Settings, async, cancellationToken).ConfigureAwait(false)
            : await source.GetAsync(origin, patient, state.Settings, async, cancellationToken).ConfigureAwait(false);

        // Whoever holds the request may have changed its address meanwhile.
        origin = state.GetAllowed(request.RequestUri);
        state.Headers.Apply(request, entry);
        return new Sent(state, source, entry, origin);
    }

    private async ValueTask<HttpResponseMessage> FinishAsync(Sent sent, HttpRequestMessage request, HttpResponseMessage response, bool async, CancellationToken cancellationToken)
    {
        try
        {
            for (var redirects = 0; ; redirects++)
            {
                var first = sent.Entry;
                if (response.StatusCode == HttpStatusCode.Unauthorized)
                    (sent, response) = await ResendAsync(sent, request, response, async, cancellationToken).ConfigureAwait(false);
                if (response.StatusCode != HttpStatusCode.Unauthorized)
                    NoteAccepted(sent);
                else if (sent is { Source: { } source, Entry: { } entry, Origin: { } rejecting } && entry != first && await FindObstacleAsync(sent, response, async, cancellationToken).ConfigureAwait(false) is null)
                    source.State.NoteRejected(entry, rejecting);
                if (redirects == _maxRedirects || !Redirect.IsRedirect(response.StatusCode))
                    return response;

                var settings = sent.State.Settings;
                if (Redirect.Create(request, response, isAttached: sent.Origin is not null, settings.HeaderName, settings.ApiKeyHeaderName) is not { } next)
                    return response;
                response.Dispose();
                request = next;
                var state = Find(request.GetOAuth2TokenRequest()).State;
                sent = sent.Origin is not null && state.Origins.Find(request.RequestUri) is { } origin
                    ? await AttachAsync(state, request, origin, request.GetOAuth2TokenRequest(), mayForce: false, async, cancellationToken).ConfigureAwait(false)
                    : new Sent(state, null, null, null);
                response = await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            // Nobody else gets it, and its connection would be lost until the finalizer runs.
            response.Dispose();
            throw;
        }
    }

    // The answer to a 401: that of a second attempt with another token, or the 401 itself where none can help. What counts is the client's
    // present state: its credentials may have changed since the call was sent, and with them its tokens.
    private async ValueTask<(Sent Sent, HttpResponseMessage Response)> ResendAsync(Sent sent, HttpRequestMessage request, HttpResponseMessage response, bool async, CancellationToken cancellationToken)
    {
        if (sent is not { Source: not null, Entry: { } rejected, Origin: { } origin })
            return (sent, response);
        var overrides = request.GetOAuth2TokenRequest();
        var owner = Find(overrides);
        var state = owner.State;
        var obstacle = FindObstacle(state, request, origin) ?? await FindObstacleAsync(sent with { State = state }, response, async, cancellationToken).ConfigureAwait(false);
        TokenEntry? entry = null;
        var source = sent.Source;
        if (obstacle is null)
        {
            source = state == sent.State ? source : state.GetSource(overrides);
            if (ResendRules.CanReplay(request.Content))
            {
                (entry, obstacle) = await source.ReplaceAsync(rejected, origin, async, cancellationToken).ConfigureAwait(false);
                obstacle ??= FindObstacle(state, request, origin);
            }
            else
            {
                obstacle = ResendRules.Describe(request.Content);
                source.Reject(rejected, origin, async);
            }
        }

        if (obstacle is not null)
        {
            // The API did answer, and its answer is the caller's.
            if (owner.IsNews($"{origin.Text} {obstacle}"))
                Log.CallNotResent(client.Engine.Logger, state.Settings.Name, origin.Text, obstacle);
            return (sent, response);
        }

        response.Dispose();
        Log.CallResent(client.Engine.Logger, state.Settings.Name, origin.Text);
        if (state != sent.State)
            sent.State.Headers.Remove(request);
        state.Headers.Apply(request, entry);
        return (new Sent(state, source, entry, origin), await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false));
    }

    private ValueTask<string?> FindObstacleAsync(Sent sent, HttpResponseMessage response, bool async, CancellationToken cancellationToken) =>
        ResendRules.FindObstacleAsync(sent.State.Settings, sent.Entry!.Token.Value, sent.Entry.WasAcceptedBy(sent.Origin!), response, client.Clock.TimeProvider, async, cancellationToken);

    // What there is in a client's state against sending credentials to where the request goes by now, with which it went to origin.
    private static string? FindObstacle(ClientState state, HttpRequestMessage request, Origin origin) =>
        request.RequestUri is null || !origin.Matches(request.RequestUri) ? "it was redirected to another origin"
        : state.Origins.Find(request.RequestUri) is null ? "its origin may not see the token any more"
        : state.Settings.SendsNoToken ? "the client sends no token any more"
        : null;

    // The source of the token for a call that wants one and nothing else; null where it is not to be had at a glance.
    private static TokenSource? FindSource(ClientState state, HttpRequestMessage request, long now) => request.GetOAuth2TokenRequest() switch
    {
        null => state.Default,
        { IsPlain: true } overrides => state.FindSource(overrides, now),
        _ => null,
    };

    private static void NoteAccepted(Sent sent)
    {
        if (sent is { Source: { } source, Entry: { } entry, Origin: { } origin } && source.State.IsNews(entry, origin))
            source.State.NoteAccepted(entry, origin);
    }

    private ValueTask<HttpResponseMessage> ForwardAsync(HttpRequestMessage request, bool async, CancellationToken cancellationToken) =>
        async ? new(base.SendAsync(request, cancellationToken)) : new(base.Send(request, cancellationToken));

    private OAuth2Client Find(OAuth2TokenRequest? overrides) => overrides?.ClientName switch
    {
        null => client,
        var name when findClient is not null => findClient(name),
        var name => throw new InvalidOperationException($"{client.State.Settings}: the request names the client '{name}', but a handler without a container knows only its own."),
    };
}
