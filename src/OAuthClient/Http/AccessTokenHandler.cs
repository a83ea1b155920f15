using System.Net;
using OAuthClient.Diagnostics;
using OAuthClient.Tokens;

namespace OAuthClient.Http;

/// <summary>
/// Attaches the token and, where the API answers 401 and another token can help, sends the call once more. Holds no state of its own:
/// factories pool and recycle handlers.
/// </summary>
internal sealed class AccessTokenHandler(OAuth2Client client, Func<string, OAuth2Client>? findClient = null, Action? onDispose = null) : DelegatingHandler
{
    /// <summary>A call as it was sent: with which token of which source, to whom.</summary>
    private readonly record struct Sent(ClientState State, TokenSource Source, TokenEntry Entry, Origin Origin);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var state = client.State;
        if (request.GetOAuth2TokenRequest() is not null || !state.TryAttach(request, out var entry, out var origin))
            return SendSlowlyAsync(request, async: true, cancellationToken).AsTask();
        var sending = base.SendAsync(request, cancellationToken);
        return sending.IsCompletedSuccessfully && sending.Result.StatusCode != HttpStatusCode.Unauthorized && !state.Default.IsNews(entry, origin)
            ? sending
            : FinishAsync(new Sent(state, state.Default, entry, origin), request, sending, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendSlowlyAsync(request, async: false, cancellationToken).AsTask().GetAwaiter().GetResult();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            onDispose?.Invoke();
        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> FinishAsync(Sent sent, HttpRequestMessage request, Task<HttpResponseMessage> sending, CancellationToken cancellationToken)
    {
        var response = await sending.ConfigureAwait(false);
        return IsAccepted(sent, response) ? response : await ResendAsync(sent, request, response, async: true, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<HttpResponseMessage> SendSlowlyAsync(HttpRequestMessage request, bool async, CancellationToken cancellationToken)
    {
        var overrides = request.GetOAuth2TokenRequest();
        if (overrides is { NoToken: true })
            return await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);

        var state = Find(overrides).State;
        var origin = state.GetAllowed(request.RequestUri);
        if (state.Settings.SendsNoToken)
        {
            state.Attach(request, entry: null);
            return await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
        }

        var source = state.GetSource(overrides);
        var patient = source.RevokesPrevious && !ResendRules.CanReplay(request.Content);
        var entry = overrides is { ForceNewToken: true }
            ? await source.ForceAsync(state.Settings.Name, async, cancellationToken).ConfigureAwait(false)
            : await source.GetAsync(origin, patient, state.Settings.Name, async, cancellationToken).ConfigureAwait(false);
        state.Attach(request, entry);
        var response = await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
        var sent = new Sent(state, source, entry, origin);
        return IsAccepted(sent, response) ? response : await ResendAsync(sent, request, response, async, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The answer to a 401: that of a second attempt with another token, or the 401 itself where none can help.</summary>
    private async ValueTask<HttpResponseMessage> ResendAsync(Sent sent, HttpRequestMessage request, HttpResponseMessage response, bool async, CancellationToken cancellationToken)
    {
        var name = sent.State.Settings.Name;
        var obstacle = sent.State.Origins.Find(request.RequestUri) == sent.Origin
            ? await ResendRules.FindObstacleAsync(sent.State, response, async, cancellationToken).ConfigureAwait(false)
            : "it was redirected to another origin";
        TokenEntry? entry = null;
        if (obstacle is null && ResendRules.CanReplay(request.Content))
        {
            (entry, obstacle) = await sent.Source.ReplaceAsync(sent.Entry, sent.Origin, async, cancellationToken).ConfigureAwait(false);
        }
        else if (obstacle is null)
        {
            obstacle = "its content cannot be sent twice";
            sent.Source.Reject(sent.Entry, sent.Origin, async);
        }

        if (obstacle is not null)
        {
            // The API did answer, and its answer is the caller's.
            Log.CallNotResent(client.Engine.Logger, name, sent.Origin.Text, obstacle);
            return response;
        }

        response.Dispose();
        Log.CallResent(client.Engine.Logger, name, sent.Origin.Text);
        sent.State.Attach(request, entry);
        var second = await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
        IsAccepted(sent with { Entry = entry! }, second);
        return second;
    }

    /// <summary>True for any answer other than 401, which is noted for the token's sake.</summary>
    private static bool IsAccepted(Sent sent, HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            return false;
        if (sent.Source.IsNews(sent.Entry, sent.Origin))
            sent.Source.NoteAccepted(sent.Entry, sent.Origin);
        return true;
    }

    private ValueTask<HttpResponseMessage> ForwardAsync(HttpRequestMessage request, bool async, CancellationToken cancellationToken) =>
        async ? new(base.SendAsync(request, cancellationToken)) : new(base.Send(request, cancellationToken));

    private OAuth2Client Find(OAuth2TokenRequest? overrides) => overrides?.ClientName switch
    {
        null => client,
        var name when findClient is not null => findClient(name),
        var name => throw new InvalidOperationException($"{client.State}: the request names the client '{name}', but a handler without a container knows only its own."),
    };
}
