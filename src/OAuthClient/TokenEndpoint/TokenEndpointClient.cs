namespace OAuthClient.TokenEndpoint;

// Asks the authorization server for tokens and revokes them.
internal sealed class TokenEndpointClient
{
    // The other fields of a form are secrets, and no message may echo them.
    private static readonly string[] _publicFields = ["grant_type", "scope", "client_id", "username", "audience", "resource", "token_type_hint"];

    // RFC 7521, RFC 8693: names of token types and the like.
    private const string RegisteredPrefix = "urn:ietf:params:oauth:";

    private readonly EndpointTransport _transport;
    private readonly EndpointDiscovery _discovery;
    private readonly TimeProvider _timeProvider;

    public TokenEndpointClient(Func<HttpClient> createHttpClient, TimeProvider timeProvider)
    {
        _transport = new EndpointTransport(createHttpClient);
        _discovery = new EndpointDiscovery(_transport, timeProvider);
        _timeProvider = timeProvider;
    }

    // One token request (RFC 6749 §3.2): the answer, or why there is none.
    public async ValueTask<(TokenResponse? Response, TokenFailure? Failure)> RequestTokenAsync(AccessTokenRequest request, Grant grant, string? secret, bool async, CancellationToken deadline)
    {
        var client = request.Client;
        var (endpoint, _, failure) = await _discovery.FindAsync(client, async, deadline).ConfigureAwait(false);
        return endpoint is null
            ? (null, failure)
            : await PostAsync(client, nameof(client.TokenEndpoint), endpoint, request.CreateForm(grant), secret, IsToken, async, deadline).ConfigureAwait(false);

        static bool IsToken(HttpStatusCode status, TokenResponse? response) =>
            (int)status is >= 200 and < 300 && response is { Fault: null, AccessToken: { } token } && IsSafe(token);
    }

    // The client's secret from its source; or why it cannot be had.
    public static async ValueTask<(string? Secret, TokenFailure? Failure)> ReadSecretAsync(ClientSettings client, bool async, CancellationToken deadline)
    {
        try
        {
            var bounded = client.Authentication.ReadSecretAsync(deadline).AsTask().WaitAsync(deadline);
            return (async ? await bounded.ConfigureAwait(false) : bounded.GetAwaiter().GetResult(), null);
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested)
        {
            return Fail($"could not be had within {client.TokenRequestTimeout:c}. Check ClientSecretFile or ClientSecretCallback, or raise TokenRequestTimeout.", exception, isTransient: true);
        }
        catch (Exception exception)
        {
            string?[] secrets = [.. client.Secrets, client.ApiKey, .. client.Parameters.Where(IsSecret).Select(parameter => parameter.Value)];
            return Fail($"cannot be read: {SafeText.Redact(exception.Message, secrets)?.TrimEnd('.')}. Check ClientSecretFile or ClientSecretCallback.", SafeText.Hide(exception, secrets));
        }

        static (string?, TokenFailure?) Fail(string found, Exception? cause, bool isTransient = false) =>
            (null, new TokenFailure($"the client secret {found}", IsTransient: isTransient, Cause: cause) { WasSent = false });
    }

    // Revokes one token (RFC 7009 §2.1); null where the server took it.
    public async ValueTask<TokenFailure?> RevokeAsync(ClientSettings client, string token, string tokenTypeHint, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(client.TokenRequestTimeout, _timeProvider);
        using var cancelled = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), deadline);
        var (_, endpoint, failure) = await _discovery.FindAsync(client, async: true, deadline.Token).ConfigureAwait(false);
        if (failure is null)
        {
            endpoint = endpoint ?? throw client.LacksRevocationEndpoint();
            (var secret, failure) = await ReadSecretAsync(client, async: true, deadline.Token).ConfigureAwait(false);
            var form = new TokenForm().Add("token", token).Add("token_type_hint", tokenTypeHint);
            if (failure is null)
                (_, failure) = await PostAsync(client, nameof(client.RevocationEndpoint), endpoint, form, secret, static (status, _) => (int)status is >= 200 and < 300, async: true, deadline.Token).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return failure;
    }

    private async ValueTask<(TokenResponse? Response, TokenFailure? Failure)> PostAsync(
        ClientSettings client, string setting, Uri endpoint, TokenForm form, string? secret, Func<HttpStatusCode, TokenResponse?, bool> isSuccess, bool async, CancellationToken deadline)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, endpoint);
        client.Authentication.Apply(message, form, secret);
        message.Content = new FormUrlEncodedContent(form);
        string?[] sent = [.. client.Secrets, secret, message.Headers.Authorization?.Parameter, .. form.Where(IsSecret).Select(field => field.Value)];
        var isGone = false;
        var (result, failure) = await _transport.SendAsync(client, setting, message, Read, async, deadline).ConfigureAwait(false);
        if (isGone || failure?.Cause is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError })
            _discovery.Doubt(client);
        return (result, failure is null ? null : failure with { Cause = SafeText.Hide(failure.Cause, sent) });

        (TokenResponse?, TokenFailure?) Read(HttpResponseMessage answer, byte[] body)
        {
            var response = TokenResponse.Parse(body);
            string?[] secrets = [.. sent, response?.AccessToken, response?.RefreshToken];
            isGone = answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.Gone;
            if (response is not null)
                response.Secrets = secrets;

            // An answer of no use may bring a refresh token all the same, which has replaced the one that was sent.
            return isSuccess(answer.StatusCode, response)
                ? (response, null)
                : (answer.IsSuccessStatusCode ? response : null, TokenFailures.FromAnswer(setting, endpoint, answer, response, _timeProvider.GetUtcNow(), secrets));
        }
    }

    // True for printable ASCII, which is what a token is made of (RFC 6749 §A.12), without spaces at its ends, which a header loses.
    internal static bool IsSafe(string token) => token is not ("" or [' ', ..] or [.., ' ']) && !token.AsSpan().ContainsAnyExceptInRange(' ', '~');

    // What is too short for a secret would blot out each such letter of a message. A password, which may be short, is among the client's secrets.
    private static bool IsSecret(KeyValuePair<string, string> field) =>
        !_publicFields.Contains(field.Key)
        && field.Value is { Length: >= 4 } value
        && (value.Length >= 6 || value.All(char.IsAsciiDigit))
        && value is not ("true" or "false")
        && !value.StartsWith(RegisteredPrefix, StringComparison.OrdinalIgnoreCase);
}
