using Duende.IdentityModel.Client;
using FieldNames = Duende.IdentityModel.OidcConstants.TokenIntrospectionRequest;

namespace OAuthClient.Protocol;

// Asks the authorization server for tokens and revokes them.
internal sealed class AuthorizationServer
{
    // The other fields of a form are secrets, and no message may echo them.
    private static readonly string[] _publicFields = ["grant_type", "scope", "client_id", "username", "audience", "resource", "token_type_hint"];
    private const string RegisteredPrefix = "urn:ietf:params:oauth:"; // RFC 7521, RFC 8693: names of token types and the like.

    private readonly Transport _transport;
    private readonly Discovery _discovery;
    private readonly TimeProvider _timeProvider;

    public AuthorizationServer(Func<HttpClient> createHttpClient, TimeProvider timeProvider)
    {
        _transport = new Transport(createHttpClient);
        _discovery = new Discovery(_transport, timeProvider);
        _timeProvider = timeProvider;
    }

    public async ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> RequestTokenAsync(TokenSpec request, Grant grant, string? secret, bool async, CancellationToken deadline)
    {
        var client = request.Client;
        var (endpoint, _, failure) = await _discovery.FindAsync(client, async, deadline).ConfigureAwait(false);
        return endpoint is null
            ? (null, failure)
            : await PostAsync(request.Protocol, nameof(client.TokenEndpoint), endpoint, request.CreateRequest(grant), secret, IsToken, async, deadline).ConfigureAwait(false);

        static bool IsToken(TokenAnswer answer) => answer is { IsObject: true, Fault: null, NamesError: false, AccessToken: { } token } && IsSafe(token);
    }

    public static async ValueTask<(string? Secret, TokenFailure? Failure)> ReadSecretAsync(ClientProtocol protocol, bool async, CancellationToken deadline)
    {
        var client = protocol.Settings;
        try
        {
            var bounded = protocol.Authentication.ReadSecretAsync(deadline).AsTask().WaitAsync(deadline);
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
            (null, new TokenFailure($"the client secret {found}", IsTransient: isTransient, Cause: cause) { WasTried = false });
    }

    // Revokes one token (RFC 7009 §2.1); null where the server took it.
    public async ValueTask<TokenFailure?> RevokeAsync(ClientProtocol protocol, string token, string tokenTypeHint, CancellationToken cancellationToken)
    {
        var client = protocol.Settings;
        using var deadline = new CancellationTokenSource(client.TokenRequestTimeout, _timeProvider);
        using var cancelled = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), deadline);
        var (_, endpoint, failure) = await _discovery.FindAsync(client, async: true, deadline.Token).ConfigureAwait(false);
        if (failure is null)
        {
            endpoint = endpoint ?? throw client.LacksRevocationEndpoint();
            (var secret, failure) = await ReadSecretAsync(protocol, async: true, deadline.Token).ConfigureAwait(false);
            var request = new ProtocolRequest { Parameters = [new(FieldNames.Token, token), new(FieldNames.TokenTypeHint, tokenTypeHint)] };
            if (failure is null)
                (_, failure) = await PostAsync(protocol, nameof(client.RevocationEndpoint), endpoint, request, secret, static answer => !answer.NamesError, async: true, deadline.Token).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return failure;
    }

    private async ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> PostAsync(
        ClientProtocol client, string setting, Uri endpoint, ProtocolRequest request, string? secret, Func<TokenAnswer, bool> isSuccess, bool async, CancellationToken deadline)
    {
        using var message = request;
        (message.Method, message.RequestUri) = (HttpMethod.Post, endpoint);
        client.Authentication.Complete(message, secret);
        string?[] sent = [.. client.Settings.Secrets, secret, message.Headers.Authorization?.Parameter, .. message.Parameters.Where(IsSecret).Select(field => field.Value)];
        var (answer, failure) = await _transport.SendAsync<TokenAnswer>(client.Settings, setting, message, async, deadline).ConfigureAwait(false);
        if (answer?.HttpStatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.Gone
            || failure?.Cause is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError })
            _discovery.Doubt(client.Settings);
        if (answer is null)
            return (null, failure! with { Cause = SafeText.Hide(failure.Cause, sent) });

        answer.Secrets = [.. sent, answer.AccessToken, answer.RefreshToken];
        if ((int)answer.HttpStatusCode is >= 200 and < 300 && isSuccess(answer))
            return (answer, null);

        // An answer of no use may bring a refresh token all the same, which has replaced the one that was sent.
        failure = TokenFailures.FromAnswer(setting, endpoint, answer, _timeProvider.GetUtcNow());
        return (answer is { IsObject: true, HttpResponse.IsSuccessStatusCode: true } ? answer : null, failure);
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
