using Duende.IdentityModel.Client;
using FieldNames = Duende.IdentityModel.OidcConstants.TokenIntrospectionRequest;

namespace OAuthClient.Protocol;

// Asks the authorization server for tokens and revokes them.
internal sealed class AuthorizationServer
{
    // The other fields of a form are secrets, and no message may echo them.
    private static readonly string[] _publicFields = ["grant_type", "scope", "client_id", "username", "audience", "resource", "token_type_hint", "switching_organization", "redirect_uri", "tokenBindingId"];
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

    public async ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> RequestTokenAsync(TokenSpec request, Grant grant, ClientProof proof, bool async, CancellationToken deadline)
    {
        var sentAt = _timeProvider.GetTimestamp();
        var result = await PostAsync(request.Protocol, nameof(Endpoints.Token), static endpoints => endpoints.Token, () => request.CreateRequest(grant), proof, IsToken, async, deadline).ConfigureAwait(false);
        Note(request.Client, grant, sentAt, result.Failure);
        return result;
    }

    // What the client proves itself with, and the grant with what it sends, as their sources have them now; or why one of them cannot be had.
    public async ValueTask<(ClientProof? Proof, Grant? Grant, TokenFailure? Failure)> PrepareAsync(ClientProtocol protocol, TokenSpec? request, Grant? grant, bool usesSecond, bool async, CancellationToken deadline)
    {
        var client = protocol.Settings;
        try
        {
            var proof = await protocol.Authentication.ReadAsync(_timeProvider, usesSecond, async, deadline).ConfigureAwait(false);
            return (proof, grant is null ? null : await grant.FillAsync(request!, async, deadline).ConfigureAwait(false), null);
        }
        catch (SecretException exception)
        {
            return (null, null, Describe(client, exception, deadline));
        }
    }

    public async ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> RequestTokenAsync(TokenSpec request, Grant grant, bool async)
    {
        var sentAt = _timeProvider.GetTimestamp();
        var result = await AskAsync(request.Protocol, nameof(Endpoints.Token), static endpoints => endpoints.Token, () => request.CreateRequest(grant), IsToken, async).ConfigureAwait(false);
        Note(request.Client, grant, sentAt, result.Failure);
        return result;
    }

    // Revokes one token (RFC 7009 §2.1); null where the server took it.
    public async ValueTask<TokenFailure?> RevokeAsync(ClientProtocol protocol, string token, string tokenTypeHint, CancellationToken cancellationToken) =>
        (await AskAsync(protocol, nameof(Endpoints.Revocation), static endpoints => endpoints.Revocation, () => CreateRequest(token, tokenTypeHint), static answer => !answer.NamesError, async: true, cancellationToken).ConfigureAwait(false)).Failure;

    // What the server says of an access token (RFC 7662 §2.1).
    public async ValueTask<(OAuth2TokenIntrospection? Answer, TokenFailure? Failure)> IntrospectAsync(ClientProtocol protocol, string token, CancellationToken cancellationToken)
    {
        var (answer, failure) = await AskAsync(
            protocol, nameof(Endpoints.Introspection), static endpoints => endpoints.Introspection, () => CreateRequest(token, "access_token"), static answer => Introspection.Read(answer.Json) is not null, async: true, cancellationToken).ConfigureAwait(false);
        return failure is null ? (Introspection.Read(answer!.Json), null) : (null, failure);
    }

    // Sends a request with the client's proof to the endpoint that what names. Throws InvalidOperationException: Nobody knows that endpoint.
    public async ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> AskAsync(
        ClientProtocol protocol, string what, Func<Endpoints, Uri?> select, Func<ProtocolRequest> create, Func<TokenAnswer, bool> isSuccess, bool async, CancellationToken cancellationToken = default)
    {
        using var deadline = new CancellationTokenSource(protocol.Settings.TokenRequestTimeout, _timeProvider);
        using var cancelled = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), deadline);
        var usesSecond = protocol.Authentication.PrefersSecond;
        var (answer, failure) = await AskOnceAsync(usesSecond).ConfigureAwait(false);
        if (failure is { Error: "invalid_client" } && protocol.Authentication.HasSecond)
        {
            (answer, failure) = await AskOnceAsync(!usesSecond).ConfigureAwait(false);
            protocol.Authentication.NoteOther(!usesSecond, failure);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return (answer, failure);

        async ValueTask<(TokenAnswer?, TokenFailure?)> AskOnceAsync(bool usesSecond)
        {
            var (proof, _, unread) = await PrepareAsync(protocol, null, null, usesSecond, async, deadline.Token).ConfigureAwait(false);
            return proof is null ? (null, unread) : await PostAsync(protocol, what, select, create, proof, isSuccess, async, deadline.Token).ConfigureAwait(false);
        }
    }

    // Sends one step of an agent's login, which the client has no part in, and reads what comes next.
    public async ValueTask<(JsonElement? Answer, TokenFailure? Failure)> SignInAsync(ClientProtocol protocol, Func<Endpoints, Uri?> select, HttpContent content, string[] secrets, bool async)
    {
        var client = protocol.Settings;
        using var deadline = new CancellationTokenSource(client.TokenRequestTimeout, _timeProvider);
        var (endpoints, failure) = await _discovery.FindAsync(client, hasCertificate: false, async, deadline.Token).ConfigureAwait(false);
        if (endpoints is null)
            return (null, failure);
        var setting = client.TokenEndpoint is null ? nameof(client.Issuer) : nameof(client.TokenEndpoint); // From which the endpoint was derived.
        if (select(endpoints) is not { } endpoint)
            return (null, new TokenFailure("there is no authorization endpoint. Set Issuer, Provider, or TokenEndpoint to an address that ends with /token, beside which it is looked for.") { WasTried = false });
        using var message = new ProtocolRequest { Method = HttpMethod.Post, RequestUri = endpoint, Content = content };
        (var answer, failure) = await _transport.SendAsync<TokenAnswer>(client, setting, message, null, async, deadline.Token).ConfigureAwait(false);
        if (answer is null)
            return (null, failure! with { Cause = SafeText.Hide(failure.Cause, [.. client.Secrets, .. secrets]) });
        answer.Secrets = [.. client.Secrets, .. secrets];
        return answer is { HttpResponse.IsSuccessStatusCode: true, IsObject: true } ? (answer.Json, null) : (null, TokenFailures.FromAnswer(setting, endpoint, answer, _timeProvider.GetUtcNow(), client, Remedy.SignIn));
    }

    public async ValueTask<(string? Secret, TokenFailure? Failure)> ReadAsync(ClientSettings client, SecretSource source, bool async)
    {
        using var deadline = new CancellationTokenSource(client.TokenRequestTimeout, _timeProvider);
        try
        {
            return (await source.ReadAsync(async, deadline.Token).ConfigureAwait(false), null);
        }
        catch (SecretException exception)
        {
            return (null, Describe(client, exception, deadline.Token));
        }
    }

    private void Note(ClientSettings client, Grant grant, long sentAt, TokenFailure? failure)
    {
        if (failure is not { WasTried: false })
            Telemetry.NoteRequest(client.TelemetryName, grant.GrantType, client.TokenEndpoint ?? client.Issuer!, failure?.ErrorType, _timeProvider.GetElapsedTime(sentAt));
    }

    private static TokenFailure Describe(ClientSettings client, SecretException exception, CancellationToken deadline)
    {
        string?[] secrets = [.. client.Secrets, .. client.CredentialHeaders.Select(header => header.Value), .. client.Parameters.Where(IsSecret).Select(parameter => parameter.Value)];
        var cause = exception.InnerException!;
        var check = $"Check {exception.Sources}";
        var failure = cause switch
        {
            OperationCanceledException when deadline.IsCancellationRequested => new TokenFailure($"could not be had within {client.TokenRequestTimeout:c}. {check}, or raise TokenRequestTimeout.", IsTransient: true, Cause: cause),

            // What keeps another client from its token is remembered there.
            OAuth2TokenException other => new TokenFailure($"could not be had: {other.Message}", other.Error, null, other.IsTransient, other.RetryAfter, other),
            _ => new TokenFailure($"cannot be {exception.Verb}: {SafeText.Redact(cause.Message, secrets)?.TrimEnd('.')}. {check}.", Cause: SafeText.Hide(cause, secrets)),
        };
        return failure with { Message = $"the {exception.What} {failure.Message}", WasTried = false };
    }

    private static ProtocolRequest CreateRequest(string token, string tokenTypeHint) => new() { Parameters = [new(FieldNames.Token, token), new(FieldNames.TokenTypeHint, tokenTypeHint)] };

    // what: The endpoint's name, as its setting begins.
    private async ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> PostAsync(
        ClientProtocol client, string what, Func<Endpoints, Uri?> select, Func<ProtocolRequest> create, ClientProof proof, Func<TokenAnswer, bool> isSuccess, bool async, CancellationToken deadline, bool mayRepeat = true)
    {
        var (endpoints, failure) = await _discovery.FindAsync(client.Settings, proof.Certificate is not null, async, deadline).ConfigureAwait(false);
        if (endpoints is null)
            return (null, failure);
        var endpoint = select(endpoints) ?? throw client.Settings.Lacks(what);
        var setting = $"{what}Endpoint";
        using var message = create();
        var prover = what == nameof(Endpoints.Token) ? client.Prover : null;
        (message.Method, message.RequestUri) = (HttpMethod.Post, endpoint);
        proof.Complete(message, endpoints);
        if (prover is not null)
            message.Headers.TryAddWithoutValidation(DPoPProver.Header, prover.Prove(HttpMethod.Post, endpoint, _timeProvider.GetUtcNow(), tokenHash: null));
        string?[] sent = [.. client.Settings.Secrets, .. proof.Secrets, message.Headers.Authorization?.Parameter, .. message.Parameters.Where(IsSecret).Select(field => field.Value)];
        (var answer, failure) = await _transport.SendAsync<TokenAnswer>(client.Settings, client.Settings.FindSettingOf(endpoint) ?? nameof(client.Settings.Issuer), message, proof.Certificate, async, deadline).ConfigureAwait(false);
        if (answer?.HttpStatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.Gone
            || failure?.Cause is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError })
            _discovery.Doubt(client.Settings);
        if (answer is null)
            return (null, failure! with { Cause = SafeText.Hide(failure.Cause, sent) });

        // A server that wants a nonce gets the whole request anew, its assertion too (RFC 9449 §8).
        if (prover?.NoteNonce(endpoint, answer.HttpResponse!.Headers, isOfApi: false) == true && answer.Error == "use_dpop_nonce" && mayRepeat)
            return await PostAsync(client, what, select, create, proof, isSuccess, async, deadline, mayRepeat: false).ConfigureAwait(false);
        answer.Certificate = proof.Certificate;
        answer.Secrets = [.. sent, answer.AccessToken, answer.RefreshToken];
        if ((int)answer.HttpStatusCode is >= 200 and < 300 && isSuccess(answer))
            return (answer, null);

        // An answer of no use may bring a refresh token all the same, which has replaced the one that was sent.
        failure = TokenFailures.FromAnswer(setting, endpoint, answer, _timeProvider.GetUtcNow(), client.Settings);
        return (answer is { IsObject: true, HttpResponse.IsSuccessStatusCode: true } ? answer : null, failure);
    }

    private static bool IsToken(TokenAnswer answer) => answer is { IsObject: true, Fault: null, NamesError: false, AccessToken: { } token } && IsSafe(token);

    // True for printable ASCII, which is what a token is made of (RFC 6749 §A.12), without spaces at its ends, which a header loses.
    internal static bool IsSafe(string token) => token is not ("" or [' ', ..] or [.., ' ']) && !token.AsSpan().ContainsAnyExceptInRange(' ', '~');

    // What is too short for a secret would blot out each such letter of a message. A password, which may be short, is among the client's secrets.
    private static bool IsSecret(KeyValuePair<string, string> field) =>
        !_publicFields.Contains(field.Key)
        && field.Value is { Length: >= 4 } value
        && (value.Length >= 6 || value.All(char.IsAsciiDigit))
        && !value.StartsWith(RegisteredPrefix, StringComparison.OrdinalIgnoreCase);
}
