using System.Net;
using OAuthClient.Diagnostics;
using OAuthClient.Tokens;

namespace OAuthClient.Http;

/// <summary>
/// Attaches the token and, where the API answers 401 and another token can help, sends the call once more. Holds no state of its own:
/// factories pool and recycle handlers.
/// </summary>
internal sealed class AccessTokenHandler(OAuth2Client client, Func<string, OAuth2Client>? findClient = null, IDisposable? owned = null) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var state = client.State;
        if (request.GetOAuth2TokenRequest() is not null || !state.TryAttach(request, out var entry))
            return SendSlowlyAsync(request, async: true, cancellationToken).AsTask();
        var sending = base.SendAsync(request, cancellationToken);
        return sending.IsCompletedSuccessfully && sending.Result.StatusCode != HttpStatusCode.Unauthorized
            ? sending
            : FinishAsync(state, state.Default, entry, request, sending, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendSlowlyAsync(request, async: false, cancellationToken).AsTask().GetAwaiter().GetResult();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            owned?.Dispose();
        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> FinishAsync(ClientState state, TokenSource source, TokenEntry entry, HttpRequestMessage request, Task<HttpResponseMessage> sending, CancellationToken cancellationToken)
    {
        var response = await sending.ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.Unauthorized
            ? await ResendAsync(state, source, entry, request, response, async: true, cancellationToken).ConfigureAwait(false)
            : response;
    }

    private async ValueTask<HttpResponseMessage> SendSlowlyAsync(HttpRequestMessage request, bool async, CancellationToken cancellationToken)
    {
        var overrides = request.GetOAuth2TokenRequest();
        if (overrides is { NoToken: true })
            return await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);

        var state = Find(overrides).State;
        state.EnsureAllowed(request.RequestUri);
        if (state.Settings.SendsNoToken)
        {
            state.Attach(request, entry: null);
            return await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
        }

        var source = state.GetSource(overrides);
        var entry = overrides is { ForceNewToken: true }
            ? await source.ForceAsync(state.Settings.Name, async, cancellationToken).ConfigureAwait(false)
            : await source.GetAsync(state.Settings.Name, async, cancellationToken).ConfigureAwait(false);
        state.Attach(request, entry);
        var response = await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.Unauthorized
            ? await ResendAsync(state, source, entry, request, response, async, cancellationToken).ConfigureAwait(false)
            : response;
    }

    /// <summary>The answer to a 401: that of a second attempt with another token, or the 401 itself where none can help.</summary>
    private async ValueTask<HttpResponseMessage> ResendAsync(ClientState state, TokenSource source, TokenEntry rejected, HttpRequestMessage request, HttpResponseMessage response, bool async, CancellationToken cancellationToken)
    {
        var obstacle = await ResendRules.FindObstacleAsync(state, request, response, async, cancellationToken).ConfigureAwait(false);
        TokenEntry? entry = null;
        if (obstacle is null)
        {
            try
            {
                entry = await source.ReplaceAsync(rejected, state.Settings.Name, async, cancellationToken).ConfigureAwait(false);
                obstacle = entry is null ? "the server issued the same token again" : null;
            }
            catch (OAuth2TokenException failure)
            {
                // The API did answer, and its answer is the caller's; why no token came has been logged.
                obstacle = failure.Message;
            }
        }

        var origin = SafeText.Show(new Uri(request.RequestUri!, "/"));
        if (entry is null)
        {
            Log.CallNotResent(client.Registry.Logger, state.Settings.Name, origin, obstacle!);
            return response;
        }

        response.Dispose();
        Log.CallResent(client.Registry.Logger, state.Settings.Name, origin);
        state.Attach(request, entry);
        return await ForwardAsync(request, async, cancellationToken).ConfigureAwait(false);
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
