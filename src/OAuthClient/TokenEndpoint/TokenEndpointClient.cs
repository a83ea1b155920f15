using System.Net;
using OAuthClient.Grants;
using OAuthClient.Http;
using OAuthClient.Tokens;

namespace OAuthClient.TokenEndpoint;

/// <summary>Asks the authorization server for tokens and revokes them.</summary>
internal sealed class TokenEndpointClient
{
    // The other fields of a form are secrets, and no message may echo them.
    private static readonly string[] _publicFields = ["grant_type", "scope", "client_id", "username", "audience", "resource", "token_type_hint"];

    private readonly EndpointTransport _transport;
    private readonly EndpointDiscovery _discovery;
    private readonly TimeProvider _timeProvider;

    public TokenEndpointClient(Func<HttpClient> createHttpClient, TimeProvider timeProvider)
    {
        _transport = new EndpointTransport(createHttpClient, timeProvider);
        _discovery = new EndpointDiscovery(_transport);
        _timeProvider = timeProvider;
    }

    /// <summary>One token request (RFC 6749 §3.2): the answer, or why there is none.</summary>
    public async ValueTask<(TokenResponse? Response, TokenFailure? Failure)> RequestTokenAsync(AccessTokenRequest request, Grant grant, string? secret, bool async, CancellationToken cancellationToken)
    {
        var client = request.Client;
        var (endpoints, failure) = await _discovery.FindAsync(client, async, cancellationToken).ConfigureAwait(false);
        return endpoints is null
            ? (null, failure)
            : await PostAsync(client, nameof(client.TokenEndpoint), endpoints.Token, request.CreateForm(grant), secret, IsToken, async, cancellationToken).ConfigureAwait(false);

        static bool IsToken(HttpStatusCode status, TokenResponse? response) =>
            status == HttpStatusCode.OK && response is { Fault: null, AccessToken: { } token } && HeaderText.IsSafe(token);
    }

    /// <summary>The client's secret from its source, within the time that a request may take; or why it cannot be had.</summary>
    public async ValueTask<(string? Secret, TokenFailure? Failure)> ReadSecretAsync(ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(client.TokenRequestTimeout, _timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var reading = client.Authentication.ReadSecretAsync(linked.Token);
            return (async ? await reading.ConfigureAwait(false) : reading.AsTask().GetAwaiter().GetResult(), null);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested)
        {
            return Fail($"could not be had within {client.TokenRequestTimeout:c}. Check ClientSecretCallback, or raise TokenRequestTimeout.", exception, isTransient: true);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Fail($"cannot be read: {SafeText.Redact(exception.Message, client.Secrets)?.TrimEnd('.')}. Check ClientSecretFile or ClientSecretCallback.", exception);
        }

        static (string?, TokenFailure?) Fail(string found, Exception cause, bool isTransient = false) =>
            (null, new TokenFailure($"the client secret {found}", IsTransient: isTransient, Cause: cause) { WasSent = false });
    }

    /// <summary>Revokes one token (RFC 7009 §2.1); null where the server took it.</summary>
    public async ValueTask<TokenFailure?> RevokeAsync(ClientSettings client, string token, string tokenTypeHint, CancellationToken cancellationToken)
    {
        var (endpoints, failure) = await _discovery.FindAsync(client, async: true, cancellationToken).ConfigureAwait(false);
        if (endpoints is null)
            return failure;
        var endpoint = endpoints.Revocation ?? throw client.LacksRevocationEndpoint();
        (var secret, failure) = await ReadSecretAsync(client, async: true, cancellationToken).ConfigureAwait(false);
        if (failure is not null)
            return failure;
        var form = new TokenForm();
        form.Add("token", token);
        form.Add("token_type_hint", tokenTypeHint);
        (_, failure) = await PostAsync(client, nameof(client.RevocationEndpoint), endpoint, form, secret, static (status, _) => (int)status is >= 200 and < 300, async: true, cancellationToken).ConfigureAwait(false);
        return failure;
    }

    private async ValueTask<(TokenResponse? Response, TokenFailure? Failure)> PostAsync(
        ClientSettings client, string setting, Uri endpoint, TokenForm form, string? secret, Func<HttpStatusCode, TokenResponse?, bool> isSuccess, bool async, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, endpoint);
        client.Authentication.Apply(message, form, secret);
        message.Content = new FormUrlEncodedContent(form);
        return await _transport.SendAsync(client, setting, message, Read, async, cancellationToken).ConfigureAwait(false);

        (TokenResponse?, TokenFailure?) Read(HttpResponseMessage answer, byte[] body)
        {
            var response = TokenResponse.Parse(body);
            string?[] secrets =
            [
                .. client.Secrets, secret, message.Headers.Authorization?.Parameter, response?.AccessToken, response?.RefreshToken,
                .. form.Where(field => !_publicFields.Contains(field.Key)).Select(field => field.Value),
            ];
            if (!isSuccess(answer.StatusCode, response))
                return (null, TokenFailures.FromAnswer(setting, endpoint, answer, response, _timeProvider.GetUtcNow(), secrets));
            if (response is not null)
                response.Secrets = secrets;
            return (response, null);
        }
    }
}
