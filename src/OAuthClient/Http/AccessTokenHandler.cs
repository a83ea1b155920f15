namespace OAuthClient.Http;

// Attaches the token and, where the API answers 401 and another token can help, sends the call once more; follows redirects so that
// credentials go to allowed origins alone. Holds nothing but what its chain is like: factories pool and recycle handlers.
// client: Null where each request names one.
internal sealed partial class AccessTokenHandler(OAuth2Client? client, OAuth2Clients? clients = null, Action? onDispose = null) : DelegatingHandler
{
    // A call as it was sent: with which token of which source, to whom. No source: without a token. No origin: without anything.
    private readonly record struct Sent(OAuth2Client Owner, ClientState State, TokenSource? Source, TokenEntry? Entry, Origin? Origin);

    private readonly object _gate = new();
    private Action<HttpRequestMessage>? _check;
    private bool _canPresent;
    private volatile int _maxRedirects = -1; // How many redirects the handler that sends would follow; less than none before the first call.

    // True where calls have to go out over connections that present the client's certificate.
    public bool HasCertificate => client?.State.Settings.HasCertificate == true;

    // Before the first call, which the chain is complete for: takes over what the handlers under it would do about redirects and routes.
    public void TakeOver()
    {
        lock (_gate)
        {
            if (_maxRedirects >= 0)
                return;
            _check = OriginCheck.Insert(this) ? request => Check(request, isResolved: false) : null;
            for (var inner = InnerHandler; inner is DelegatingHandler next; inner = next.InnerHandler)
                _canPresent |= next is ClientCertificates;
            _maxRedirects = Sender.TakeOver(InnerHandler);
        }
    }

    // Throws InvalidOperationException: The request carries credentials, and was routed to an origin that may not see them, or, where a logical
    // address has been resolved, to one that would have them travel in clear.
    public void Check(HttpRequestMessage request, bool isResolved)
    {
        var overrides = request.GetOAuth2TokenRequest();
        if (overrides is { NoToken: true } || Get(overrides).State is not { } state || !state.Headers.Contains(request))
            return;
        if (!isResolved)
            state.GetAllowed(request.RequestUri);
        else if (!Origin.IsSecure(request.RequestUri!, state.Settings.AllowInsecureHttp))
            throw state.TravelsInClear(request.RequestUri!);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Prepare(request);
        if (client?.State is not { } state)
            return SendSlowlyAsync(request, async: true, cancellationToken).AsTask();
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
        if (Telemetry.SeesTokens)
            Telemetry.NoteToken(state.Settings.TelemetryName, Telemetry.Fresh, entry.ExpiresAt - now);
        state.Headers.Apply(request, entry);
        var sending = base.SendAsync(request, cancellationToken);
        return sending.IsCompletedSuccessfully && !NeedsAttention(state, sending.Result.StatusCode) && !source.State.IsNews(entry, origin)
            ? sending
            : FinishAsync(new Sent(client, state, source, entry, origin), request, sending, cancellationToken);
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
        var owner = overrides?.ClientName is { } name && clients is not null ? await clients.FindAsync(name, async, cancellationToken).ConfigureAwait(false) : Get(overrides);
        var state = owner.State;
        var sent = new Sent(owner, state, null, null, null);
        if (overrides is not { NoToken: true })
        {
            var origin = state.GetAllowed(request.RequestUri);
            owner.NoteCall(request);
            await ResendRules.BufferAsync(request.Content, state.Settings, async, cancellationToken).ConfigureAwait(false);
            ExpectedContent.Watch(request);
            sent = await AttachAsync(owner, state, request, origin, overrides, mayForce: true, async, cancellationToken).ConfigureAwait(false);
        }

        var response = await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(sent, request, response, async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Sent> AttachAsync(OAuth2Client owner, ClientState state, HttpRequestMessage request, Origin origin, OAuth2TokenRequest? overrides, bool mayForce, bool async, CancellationToken cancellationToken)
    {
        if (state.Settings.SendsNoToken)
        {
            state.Headers.Apply(request, entry: null);
            return new Sent(owner, state, null, null, origin);
        }

        if (state.Settings.HasCertificate && !_canPresent)
            throw new InvalidOperationException($"{state.Settings}: its calls present a client certificate, and this HttpClient was made for a client without one. Call with an HttpClient of that client, or create this one anew.");
        var source = state.GetSource(overrides);
        var patient = source.State.RevokesPrevious && !ResendRules.CanReplay(request.Content);
        var entry = mayForce && overrides is { ForceNewToken: true }
            ? await source.ForceAsync(state.Settings, async, cancellationToken).ConfigureAwait(false)
            : await source.GetAsync(origin, patient, state.Settings, async, cancellationToken).ConfigureAwait(false);

        // Whoever holds the request may have changed its address meanwhile.
        origin = state.GetAllowed(request.RequestUri);
        state.Headers.Apply(request, entry);
        return new Sent(owner, state, source, entry, origin);
    }

    // The source of the token for a call that wants one and nothing else; null where it is not to be had at a glance.
    private static TokenSource? FindSource(ClientState state, HttpRequestMessage request, long now) => request.GetOAuth2TokenRequest() switch
    {
        null => state.Default,
        { IsPlain: true } overrides => state.FindSource(overrides, now),
        _ => null,
    };

    private static bool NeedsAttention(ClientState state, HttpStatusCode status) =>
        state.Headers.HasProver || ((int)status >= 300 && ((int)status >= 400 || Redirect.IsRedirect(status)));

    private ValueTask<HttpResponseMessage> ForwardAsync(HttpRequestMessage request, bool async, CancellationToken cancellationToken) =>
        async ? new(base.SendAsync(request, cancellationToken)) : new(base.Send(request, cancellationToken));

    // One that is known already.
    private OAuth2Client Get(OAuth2TokenRequest? overrides) => overrides?.ClientName switch
    {
        null => client ?? throw new InvalidOperationException("The request names no OAuth2 client, and this HttpClient has none of its own. Name one: request.SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = ... })."),
        var name when clients is not null => clients.Get(name),
        var name => throw new InvalidOperationException($"{client!.State.Settings}: the request names the client '{name}', but a handler without a container knows only its own."),
    };
}
