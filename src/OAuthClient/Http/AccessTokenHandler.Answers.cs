namespace OAuthClient.Http;

// What is done about the API's answers: another token after a rejection, a wider one, another proof, and the way along redirects.
internal sealed partial class AccessTokenHandler
{
    private async ValueTask<HttpResponseMessage> FinishAsync(Sent sent, HttpRequestMessage request, HttpResponseMessage response, bool async, CancellationToken cancellationToken)
    {
        try
        {
            var hasSteppedUp = false;
            for (var redirects = 0; ; redirects++)
            {
                var first = sent.Entry;
                response = await ProveAgainAsync(sent, request, response, async, cancellationToken).ConfigureAwait(false);
                if (IsRejection(sent, response))
                {
                    (sent, response) = await ResendAsync(sent, request, response, async, cancellationToken).ConfigureAwait(false);
                    if (sent.Entry != first)
                        response = await ProveAgainAsync(sent, request, response, async, cancellationToken).ConfigureAwait(false);
                }

                if (!hasSteppedUp && await StepUpAsync(sent, request, response, async, cancellationToken).ConfigureAwait(false) is { } wider)
                    (hasSteppedUp, sent, response) = (true, wider.Sent, wider.Response);
                if (!IsRejection(sent, response))
                    NoteAccepted(sent);
                else if (sent is { Source: { } source, Entry: { } entry, Origin: { } rejecting } && entry != first && await FindObstacleAsync(sent, response, async, cancellationToken).ConfigureAwait(false) is null)
                    source.State.NoteRejected(entry, rejecting);
                if (redirects == _maxRedirects || !Redirect.IsRedirect(response.StatusCode))
                {
                    if ((int)response.StatusCode >= 400)
                        GatewayAnswer.Note(response, request, sent.Owner);
                    return response;
                }

                var settings = sent.State.Settings;
                if (Redirect.Create(request, response, isAttached: sent.Origin is not null, [.. settings.CredentialNames]) is not { } next)
                    return response;
                response.Dispose();
                request = next;
                var (owner, state) = (sent.Owner, sent.Owner.State);
                sent = sent.Origin is not null && state.Origins.Find(request.RequestUri) is { } origin
                    ? await AttachAsync(owner, state, request, origin, request.GetOAuth2TokenRequest(), mayForce: false, async, cancellationToken).ConfigureAwait(false)
                    : new Sent(owner, state, null, null, null);
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

    // The answer to a rejection: that of a second attempt with another token, or the rejection itself where none can help. What counts is the client's
    // present state: its credentials may have changed since the call was sent, and with them its tokens.
    private async ValueTask<(Sent Sent, HttpResponseMessage Response)> ResendAsync(Sent sent, HttpRequestMessage request, HttpResponseMessage response, bool async, CancellationToken cancellationToken)
    {
        if (sent is not { Source: not null, Entry: { } rejected, Origin: { } origin })
            return (sent, response);
        var overrides = request.GetOAuth2TokenRequest();
        var owner = sent.Owner;
        var state = owner.State;
        var obstacle = FindObstacle(state, request, origin) ?? await FindObstacleAsync(sent with { State = state }, response, async, cancellationToken).ConfigureAwait(false);
        var (entry, status) = (default(TokenEntry), (int)response.StatusCode);
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

        Telemetry.NoteRejection(state.Settings.TelemetryName, isResent: obstacle is null);
        if (obstacle is not null)
        {
            // The API did answer, and its answer is the caller's.
            if (owner.IsNews($"{origin.Text} {obstacle}"))
                Log.CallNotResent(owner.Engine.Logger, state.Settings.Name, origin.Text, status, obstacle);
            return (sent, response);
        }

        response.Dispose();
        Log.CallResent(owner.Engine.Logger, state.Settings.Name, origin.Text, status);
        if (state != sent.State)
            sent.State.Headers.Remove(request);
        state.Headers.Apply(request, entry);
        return (new Sent(owner, state, source, entry, origin), await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false));
    }

    // A server that wants a nonce in its proofs, or another one, gets the call once more with the same token (RFC 9449 §9).
    private async ValueTask<HttpResponseMessage> ProveAgainAsync(Sent sent, HttpRequestMessage request, HttpResponseMessage response, bool async, CancellationToken cancellationToken)
    {
        if (sent is not { State.Headers.HasProver: true, Origin: { } origin } || !sent.State.Headers.NoteNonce(request, response)
            || response.StatusCode != HttpStatusCode.Unauthorized || !Challenges.Names(response, "use_dpop_nonce") || !ResendRules.CanReplay(request.Content) || FindObstacle(sent.State, request, origin) is not null)
            return response;
        response.Dispose();
        sent.State.Headers.Apply(request, sent.Entry);
        return await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
    }

    // A 403 that names scopes which may be added is answered with a token that has them, where one is to be had.
    private async ValueTask<(Sent Sent, HttpResponseMessage Response)?> StepUpAsync(Sent sent, HttpRequestMessage request, HttpResponseMessage response, bool async, CancellationToken cancellationToken)
    {
        if (sent is not { Source: { } source, Origin: { } origin } || Challenges.FindScopes(response, sent.State.Settings.StepUpScopes, source.Request.Scopes) is not { } missing
            || !ResendRules.CanReplay(request.Content) || FindObstacle(sent.State, request, origin) is not null)
            return null;
        TokenEntry entry;
        var wider = sent.State.GetSource(OAuth2TokenRequest.WithScopes(request.GetOAuth2TokenRequest(), [.. source.Request.Scopes, .. missing]));
        try
        {
            entry = await wider.GetAsync(origin, patient: false, sent.State.Settings, async, cancellationToken).ConfigureAwait(false);
        }
        catch (OAuth2TokenException)
        {
            // The API did answer, and its answer is the caller's.
            return null;
        }

        response.Dispose();
        sent.State.Headers.Apply(request, entry);
        return (new Sent(sent.Owner, sent.State, wider, entry, origin), await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false));
    }

    private static ValueTask<string?> FindObstacleAsync(Sent sent, HttpResponseMessage response, bool async, CancellationToken cancellationToken) =>
        ResendRules.FindObstacleAsync(sent.State.Settings, sent.Entry!.Token.Value, sent.Entry.WasAcceptedBy(sent.Origin!), response, sent.Owner.Clock.TimeProvider, async, cancellationToken);

    // What there is in a client's state against sending credentials to where the request goes by now, with which it went to origin.
    private static string? FindObstacle(ClientState state, HttpRequestMessage request, Origin origin) =>
        request.RequestUri is null || !origin.Matches(request.RequestUri) ? "it was redirected to another origin"
        : state.Origins.Find(request.RequestUri) is null ? "its origin may not see the token any more"
        : state.Settings.SendsNoToken ? "the client sends no token any more"
        : null;

    private static bool IsRejection(Sent sent, HttpResponseMessage response) => sent.State.Settings.IsRejection(response.StatusCode);

    private static void NoteAccepted(Sent sent)
    {
        if (sent is { Source: { } source, Entry: { } entry, Origin: { } origin } && source.State.IsNews(entry, origin))
            source.State.NoteAccepted(entry, origin);
    }
}
