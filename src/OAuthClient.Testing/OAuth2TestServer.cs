using System.Collections.Frozen;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer;
using OAuthClient.Testing.Gateway;
using OAuthClient.Testing.Hosting;
using OAuthClient.Testing.Jwt;
using OAuthClient.Testing.Recording;

namespace OAuthClient.Testing;

/// <summary>
/// An OAuth 2.0 authorization server and an API gateway that is protected by it, on a free port of 127.0.0.1. All state belongs to the
/// instance: two servers know nothing of each other's clients and tokens. Members may be used from any thread.
/// </summary>
public sealed class OAuth2TestServer : IAsyncDisposable
{
    /// <summary>The client that a server knows when <see cref="OAuth2TestServerOptions.Clients"/> is empty.</summary>
    public const string DefaultClientId = "test-client";

    /// <summary>The secret of <see cref="DefaultClientId"/>.</summary>
    public const string DefaultClientSecret = "test-secret";

    /// <summary>The user that a server knows when <see cref="OAuth2TestServerOptions.Users"/> is empty.</summary>
    public const string DefaultUsername = "alice";

    /// <summary>The password of <see cref="DefaultUsername"/>.</summary>
    public const string DefaultPassword = "alice-password";

    private readonly JwtSigner _signer = new();
    private readonly FrozenDictionary<string, TestClient> _clients;
    private readonly FrozenDictionary<string, TestUser> _users;
    private readonly TokenStore _tokens;
    private readonly ServedEndpoint _token;
    private readonly ServedEndpoint _revocation;
    private readonly ServedEndpoint _discovery;
    private readonly ServedEndpoint _api;
    private readonly Discovery _documents;
    private readonly LoopbackServer _loopback;
    private int _disposed;

    private OAuth2TestServer(OAuth2TestServerOptions options)
    {
        Options = options;
        var time = options.TimeProvider;
        var clients = _clients = options.Clients.ToFrozenDictionary(static c => c.ClientId, StringComparer.Ordinal);
        var users = _users = options.Users.ToFrozenDictionary(static u => u.Username, StringComparer.Ordinal);
        var authenticator = new ClientAuthenticator(options, clients, new AssertionVerifier(() => [TokenEndpoint, Issuer], time));
        _tokens = new TokenStore(options, new TokenMinter(options, _signer, () => Issuer), time);
        _documents = new Discovery(() => this, _signer);
        var gateway = new ApiGateway(options, _tokens, time);
        _token = CreateEndpoint("token requests", new TokenEndpoint(options, authenticator, users, _tokens).HandleAsync, WriteUsualErrorAsync);
        _revocation = CreateEndpoint("revocation requests", new RevocationEndpoint(options, authenticator, _tokens).HandleAsync, WriteUsualErrorAsync);
        _discovery = CreateEndpoint("metadata requests", _documents.WriteMetadataAsync, WriteUsualErrorAsync);
        _api = CreateEndpoint("API calls", gateway.HandleAsync, gateway.WriteUsualErrorAsync);
        Certificate = options.UseHttps ? LoopbackCertificate.Create() : null;
        _loopback = new LoopbackServer(RouteAsync, time, options.Port, Certificate);

        Task WriteUsualErrorAsync(HttpContext context, int statusCode) => OAuthError.WriteUsualAsync(context, statusCode, options);

        ServedEndpoint CreateEndpoint(string requests, RequestDelegate handler, Func<HttpContext, int, Task> usualError) =>
            new(handler, usualError, new EndpointBehavior(time), new Traffic(requests, options.RecordedRequestLimit, time));
    }

    /// <summary>The settings the server was started with; its documentation says which of them may still be changed.</summary>
    public OAuth2TestServerOptions Options { get; }

    /// <summary>
    /// The certificate of a server with <see cref="OAuth2TestServerOptions.UseHttps"/>, made for it alone and gone with it: for <c>localhost</c>,
    /// <c>127.0.0.1</c> and <c>::1</c>, signed by itself, a year long by the real clock and in no store of the machine.
    /// <see langword="null"/> where the server speaks http.
    /// </summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>The root of everything here: <c>http://127.0.0.1:{port}/</c>, or <c>https://127.0.0.1:{port}/</c>.</summary>
    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>Where tokens are issued: <c>/oauth2/token</c>.</summary>
    public Uri TokenEndpoint { get; private set; } = null!;

    /// <summary>Where tokens are revoked (RFC 7009): <c>/oauth2/revoke</c>.</summary>
    public Uri RevocationEndpoint { get; private set; } = null!;

    /// <summary>
    /// The issuer, <c>/oauth2/token</c> as Asgardeo has it; its metadata is at <c>/oauth2/token/.well-known/openid-configuration</c>
    /// and, where RFC 8414 looks for it, at <c>/.well-known/oauth-authorization-server/oauth2/token</c>.
    /// </summary>
    public Uri Issuer { get; private set; } = null!;

    /// <summary>The keys that JWTs are signed with: <c>/oauth2/jwks</c>.</summary>
    public Uri JwksUri { get; private set; } = null!;

    /// <summary>Where the protected API begins: <c>/api/</c>. Every path below it is served.</summary>
    public Uri ApiBaseAddress { get; private set; } = null!;

    /// <summary>The fault switches of the token endpoint.</summary>
    public EndpointBehavior TokenEndpointBehavior => _token.Behavior;

    /// <summary>The fault switches of the revocation endpoint.</summary>
    public EndpointBehavior RevocationEndpointBehavior => _revocation.Behavior;

    /// <summary>The fault switches of the metadata document.</summary>
    public EndpointBehavior DiscoveryBehavior => _discovery.Behavior;

    /// <summary>The fault switches of the gateway and the API behind it.</summary>
    public EndpointBehavior ApiBehavior => _api.Behavior;

    /// <summary>How many token requests have arrived, refused ones included.</summary>
    public int TokenRequests => _token.Traffic.Requests;

    /// <summary>The highest number of token requests that were under way at once.</summary>
    public int MaxConcurrentTokenRequests => _token.Traffic.MaxUnderWay;

    /// <summary>How many revocation requests have arrived.</summary>
    public int RevocationRequests => _revocation.Traffic.Requests;

    /// <summary>How often the metadata document was asked for.</summary>
    public int DiscoveryRequests => _discovery.Traffic.Requests;

    /// <summary>How many API calls have arrived, refused ones included.</summary>
    public int ApiCalls => _api.Traffic.Requests;

    /// <summary>The last token requests, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedTokenRequests => _token.Traffic.Records;

    /// <summary>The last revocation requests, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedRevocationRequests => _revocation.Traffic.Records;

    /// <summary>The last API calls, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedApiCalls => _api.Traffic.Records;

    /// <summary>How many access tokens are neither expired nor revoked.</summary>
    public int LiveTokens => _tokens.LiveTokens;

    /// <summary>Starts a server.</summary>
    /// <param name="configure">Changes the settings; without it a confidential client and a user are known, see <see cref="DefaultClientId"/> and <see cref="DefaultUsername"/>.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The running server; dispose it to stop it.</returns>
    /// <exception cref="ArgumentException">Settings contradict each other; the message names all that do.</exception>
    /// <exception cref="IOException">The <see cref="OAuth2TestServerOptions.Port"/> is taken.</exception>
    public static async Task<OAuth2TestServer> StartAsync(Action<OAuth2TestServerOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        var options = new OAuth2TestServerOptions();
        configure?.Invoke(options);
        if (options.Clients.Count is 0)
            options.Clients.Add(new TestClient(DefaultClientId, DefaultClientSecret));
        if (options.Users.Count is 0)
            options.Users.Add(new TestUser(DefaultUsername, DefaultPassword));
        OptionsCheck.ThrowIfInvalid(options, nameof(configure));
        var server = new OAuth2TestServer(options);
        Uri address;
        try
        {
            address = server.BaseAddress = await server._loopback.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        server.TokenEndpoint = server.Issuer = new Uri(address, "oauth2/token");
        server.RevocationEndpoint = new Uri(address, "oauth2/revoke");
        server.JwksUri = new Uri(address, "oauth2/jwks");
        server.ApiBaseAddress = new Uri(address, "api/");
        return server;
    }

    /// <summary>Completes when so many token requests have arrived since the start or the last <see cref="ResetCounters"/>; they may still be under way.</summary>
    /// <param name="count">The number to wait for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task for the wait.</returns>
    /// <exception cref="TimeoutException">They have not within <see cref="OAuth2TestServerOptions.WaitTimeout"/>; the message tells what did.</exception>
    public Task WaitForTokenRequestsAsync(int count, CancellationToken cancellationToken = default) => WaitAsync(_token, count, completed: false, cancellationToken);

    /// <summary>Completes when so many API calls have arrived since the start or the last <see cref="ResetCounters"/>; they may still be under way.</summary>
    /// <param name="count">The number to wait for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task for the wait.</returns>
    /// <exception cref="TimeoutException">They have not within <see cref="OAuth2TestServerOptions.WaitTimeout"/>; the message tells what did.</exception>
    public Task WaitForApiCallsAsync(int count, CancellationToken cancellationToken = default) => WaitAsync(_api, count, completed: false, cancellationToken);

    /// <summary>Completes when so many token requests are over since the start or the last <see cref="ResetCounters"/>; answered or cut off. The client may have yet to read the last answer.</summary>
    /// <param name="count">The number to wait for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task for the wait.</returns>
    /// <exception cref="TimeoutException">They have not within <see cref="OAuth2TestServerOptions.WaitTimeout"/>; the message tells what did.</exception>
    public Task WaitForCompletedTokenRequestsAsync(int count, CancellationToken cancellationToken = default) => WaitAsync(_token, count, completed: true, cancellationToken);

    /// <summary>Completes when so many API calls are over since the start or the last <see cref="ResetCounters"/>; answered or cut off. The client may have yet to read the last answer.</summary>
    /// <param name="count">The number to wait for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task for the wait.</returns>
    /// <exception cref="TimeoutException">They have not within <see cref="OAuth2TestServerOptions.WaitTimeout"/>; the message tells what did.</exception>
    public Task WaitForCompletedApiCallsAsync(int count, CancellationToken cancellationToken = default) => WaitAsync(_api, count, completed: true, cancellationToken);

    /// <summary>Sets all counters to zero and forgets the recorded requests. Tokens and switches stay.</summary>
    public void ResetCounters()
    {
        foreach (var endpoint in (ServedEndpoint[])[_token, _revocation, _discovery, _api])
            endpoint.Traffic.Reset();
    }

    /// <summary>
    /// Makes a handler for a client that is to trust this server: past any proxy, and over https it takes <see cref="Certificate"/> and no other, for
    /// the names in it (RFC 9110 section 4.3.4). In a handler of one's own the same is one line:
    /// <c>ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate?.Thumbprint == server.Certificate!.Thumbprint</c>.
    /// </summary>
    /// <returns>A new handler, to be disposed by the client; all else about it is as usual and may be changed.</returns>
    public SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (Certificate?.RawData is { } own)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && own.AsSpan().SequenceEqual(certificate?.GetRawCertData());
        }

        return handler;
    }

    /// <summary>Issues an access token without a request, for testing what is called with one. It is as good as any other, and no counter counts it as a token request.</summary>
    /// <param name="clientId">The client it is for; <see langword="null"/> takes the first of <see cref="OAuth2TestServerOptions.Clients"/>.</param>
    /// <param name="username">The user it is for, known to the server or not; <see langword="null"/> issues it for the client itself.</param>
    /// <param name="scope">Its scopes, separated by spaces; whether the client may have them is not looked at.</param>
    /// <param name="lifetime">How long it lives, negative for one that has expired; <see langword="null"/> takes <see cref="OAuth2TestServerOptions.TokenLifetime"/>.</param>
    /// <param name="configureClaims">Changes the claims of a JWT, after <see cref="OAuth2TestServerOptions.ConfigureClaims"/>.</param>
    /// <returns>The token.</returns>
    /// <exception cref="ArgumentException">The server knows no client of that id.</exception>
    public string IssueToken(
        string? clientId = null, string? username = null, string scope = "default", TimeSpan? lifetime = null, Action<JsonObject>? configureClaims = null)
    {
        ArgumentNullException.ThrowIfNull(scope);
        clientId ??= Options.Clients[0].ClientId;
        if (!_clients.TryGetValue(clientId, out var client))
            throw new ArgumentException($"The server knows no client '{clientId}'; add it to Clients before the server starts.", nameof(clientId));
        var user = username is null ? null : _users.GetValueOrDefault(username);
        var scopes = scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return _tokens.IssueApart(new Authorization(client, user, username), scopes, lifetime, configureClaims).Value;
    }

    /// <summary>Revokes all tokens, as an administrator would.</summary>
    /// <param name="keepRefreshTokens">Whether refresh tokens stay good.</param>
    public void RevokeAllTokens(bool keepRefreshTokens = false) => _tokens.RevokeAll(keepRefreshTokens);

    /// <summary>Revokes one access token, or one refresh token with all access tokens that came of it, as an administrator would.</summary>
    /// <param name="token">The token's value.</param>
    /// <returns>Whether the token was known and good until now.</returns>
    public bool RevokeToken(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _tokens.Revoke(token);
    }

    /// <summary>Stops the server; requests that are under way are cut off.</summary>
    /// <returns>A task for the stop.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) is not 0)
            return;
        await _loopback.DisposeAsync().ConfigureAwait(false);
        _signer.Dispose();
        Certificate?.Dispose();
    }

    private Task WaitAsync(ServedEndpoint endpoint, int count, bool completed, CancellationToken cancellationToken) =>
        endpoint.Traffic.WaitAsync(count, completed, Options.WaitTimeout, cancellationToken);

    private Task RouteAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/api"))
            return _api.RunAsync(context);
        var (method, handler) = path.Value switch
        {
            "/oauth2/token" => ("POST", _token.RunAsync),
            "/oauth2/revoke" => ("POST", _revocation.RunAsync),
            "/oauth2/jwks" => ("GET", _documents.WriteKeysAsync),
            "/oauth2/token/.well-known/openid-configuration" or "/.well-known/oauth-authorization-server/oauth2/token" => ("GET", _discovery.RunAsync),
            _ => ("", (RequestDelegate?)null),
        };
        if (handler is null)
            return JsonAnswer.WriteAsync(context.Response, 404, ("message", $"Nothing is served at '{path}'; there are /api/, /oauth2/token, /oauth2/revoke, /oauth2/jwks and the metadata at /oauth2/token/.well-known/openid-configuration and /.well-known/oauth-authorization-server/oauth2/token."));
        if (context.Request.Method == method)
            return handler(context);
        context.Response.Headers.Allow = method;
        return JsonAnswer.WriteAsync(context.Response, 405, ("message", $"'{path}' is for {method}."));
    }
}
