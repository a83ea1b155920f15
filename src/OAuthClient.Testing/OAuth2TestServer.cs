using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer;
using OAuthClient.Testing.Gateway;
using OAuthClient.Testing.Hosting;
using OAuthClient.Testing.Recording;

namespace OAuthClient.Testing;

/// <summary>
/// An OAuth 2.0 authorization server, of one issuer or several, and an API gateway that is protected by it, on a free port of 127.0.0.1. All state belongs to the
/// instance: two servers know nothing of each other's clients and tokens. Members may be used from any thread.
/// </summary>
public sealed partial class OAuth2TestServer : IAsyncDisposable
{
    /// <summary>The client that a server knows when <see cref="OAuth2TestServerOptions.Clients"/> is empty.</summary>
    public const string DefaultClientId = "test-client";

    /// <summary>The secret of <see cref="DefaultClientId"/>.</summary>
    public const string DefaultClientSecret = "test-secret";

    /// <summary>The user that a server knows when <see cref="OAuth2TestServerOptions.Users"/> is empty.</summary>
    public const string DefaultUsername = "alice";

    /// <summary>The password of <see cref="DefaultUsername"/>.</summary>
    public const string DefaultPassword = "alice-password";

    private static readonly SearchValues<char> _pathCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    private readonly FrozenDictionary<string, TestUser> _users;
    private readonly TokenStore _tokens;
    private readonly DeviceCodes _devices;
    private readonly IssuerTraffic _traffic;
    private readonly Traffic _apiTraffic;
    private readonly ServedEndpoint _api;
    private readonly ConcurrentDictionary<string, Route> _routes = new(StringComparer.Ordinal);
    private readonly List<TestIssuer> _issuers = [];
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LoopbackServer _loopback;
    private TestIssuer _own = null!;
    private int _disposed;

    private OAuth2TestServer(OAuth2TestServerOptions options)
    {
        Options = options;
        var time = options.TimeProvider;
        _users = options.Users.ToFrozenDictionary(static u => u.Username, StringComparer.Ordinal);
        _tokens = new TokenStore(options, new TokenMinter(options), time);
        _devices = new DeviceCodes(options);
        _traffic = new IssuerTraffic(options.RecordedRequestLimit, time);
        _apiTraffic = new Traffic("API calls", options.RecordedRequestLimit, time);
        var gateway = new ApiGateway(options, _tokens, time);
        _api = new ServedEndpoint(gateway.HandleAsync, gateway.WriteUsualErrorAsync, new EndpointBehavior(time), _apiTraffic);
        Certificate = options.UseHttps ? LoopbackCertificate.Create(options.CertificateAuthority) : null;
        _loopback = new LoopbackServer(RouteAsync, time, options.Port, Certificate, options.CertificateAuthority);
    }

    /// <summary>The settings the server was started with; its documentation says which of them may still be changed.</summary>
    public OAuth2TestServerOptions Options { get; }

    /// <summary>
    /// The certificate of a server with <see cref="OAuth2TestServerOptions.UseHttps"/>, made for it alone and gone with it: for <c>localhost</c>,
    /// <c>127.0.0.1</c> and <c>::1</c>, signed by itself or by <see cref="OAuth2TestServerOptions.CertificateAuthority"/>, a year long by the real clock and in no store of the machine.
    /// <see langword="null"/> where the server speaks http.
    /// </summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>The root of everything here: <c>http://127.0.0.1:{port}/</c>, or <c>https://127.0.0.1:{port}/</c>.</summary>
    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>Where tokens are issued: <c>/oauth2/token</c>.</summary>
    public Uri TokenEndpoint => _own.TokenEndpoint;

    /// <summary>Where tokens are revoked (RFC 7009): <c>/oauth2/revoke</c>.</summary>
    public Uri RevocationEndpoint => _own.RevocationEndpoint;

    /// <summary>Where tokens are looked at (RFC 7662), by clients that prove themselves: <c>/oauth2/introspect</c>.</summary>
    public Uri IntrospectionEndpoint => _own.IntrospectionEndpoint;

    /// <summary>
    /// Where devices ask for their codes (RFC 8628): <c>/oauth2/device_authorize</c>. <see cref="ApproveDevice"/> and <see cref="DenyDevice"/> answer for the user.
    /// </summary>
    public Uri DeviceAuthorizationEndpoint => _own.DeviceAuthorizationEndpoint;

    /// <summary>
    /// Where a login without a browser begins (RFC 6749 section 4.1.1): <c>/oauth2/authorize</c>, with <c>response_mode=direct</c> and PKCE by <c>S256</c>
    /// (RFC 7636). It answers with a <c>flowId</c> and what <see cref="AuthenticationEndpoint"/> wants to know.
    /// </summary>
    public Uri AuthorizationEndpoint => _own.AuthorizationEndpoint;

    /// <summary>Where the <see cref="OAuth2TestServerOptions.Agents"/> sign in, as Identity Server has it: <c>/oauth2/authn</c>. It answers with the code for the token endpoint.</summary>
    public Uri AuthenticationEndpoint => _own.AuthenticationEndpoint;

    /// <summary>
    /// The issuer, <c>/oauth2/token</c> as Asgardeo has it; its metadata is at <c>/oauth2/token/.well-known/openid-configuration</c>
    /// and, where RFC 8414 looks for it, at <c>/.well-known/oauth-authorization-server/oauth2/token</c>.
    /// </summary>
    public Uri Issuer => _own.Issuer;

    /// <summary>The keys that JWTs are signed with: <c>/oauth2/jwks</c>.</summary>
    public Uri JwksUri => _own.JwksUri;

    /// <summary>Where the protected API begins: <c>/api/</c>. Every path below it is served.</summary>
    public Uri ApiBaseAddress { get; private set; } = null!;

    /// <summary>The fault switches of the token endpoint; each issuer that was added has its own.</summary>
    public EndpointBehavior TokenEndpointBehavior => _own.TokenEndpointBehavior;

    /// <summary>The fault switches of the revocation endpoint; each issuer that was added has its own.</summary>
    public EndpointBehavior RevocationEndpointBehavior => _own.RevocationEndpointBehavior;

    /// <summary>The fault switches of the introspection endpoint; each issuer that was added has its own.</summary>
    public EndpointBehavior IntrospectionEndpointBehavior => _own.IntrospectionEndpointBehavior;

    /// <summary>The fault switches of the device authorization endpoint; each issuer that was added has its own.</summary>
    public EndpointBehavior DeviceAuthorizationEndpointBehavior => _own.DeviceAuthorizationEndpointBehavior;

    /// <summary>The fault switches of the authorization endpoint; each issuer that was added has its own.</summary>
    public EndpointBehavior AuthorizationEndpointBehavior => _own.AuthorizationEndpointBehavior;

    /// <summary>The fault switches of the authentication endpoint; each issuer that was added has its own.</summary>
    public EndpointBehavior AuthenticationEndpointBehavior => _own.AuthenticationEndpointBehavior;

    /// <summary>The fault switches of the metadata document; each issuer that was added has its own.</summary>
    public EndpointBehavior DiscoveryBehavior => _own.DiscoveryBehavior;

    /// <summary>The fault switches of the gateway and the API behind it.</summary>
    public EndpointBehavior ApiBehavior => _api.Behavior;

    /// <summary>How many token requests have arrived, refused ones included.</summary>
    public int TokenRequests => _traffic.Token.Requests;

    /// <summary>The highest number of token requests that were under way at once.</summary>
    public int MaxConcurrentTokenRequests => _traffic.Token.MaxUnderWay;

    /// <summary>How many revocation requests have arrived.</summary>
    public int RevocationRequests => _traffic.Revocation.Requests;

    /// <summary>How many introspection requests have arrived.</summary>
    public int IntrospectionRequests => _traffic.Introspection.Requests;

    /// <summary>How many requests for device codes have arrived; polls are token requests.</summary>
    public int DeviceRequests => _traffic.Device.Requests;

    /// <summary>How many logins have begun at the authorization endpoint, refused ones included.</summary>
    public int AuthorizationRequests => _traffic.Authorization.Requests;

    /// <summary>How many requests have arrived at the authentication endpoint, refused ones included.</summary>
    public int AuthenticationRequests => _traffic.Authentication.Requests;

    /// <summary>The user codes of the devices that wait for their user, oldest first (RFC 8628 section 3.3).</summary>
    public IReadOnlyList<string> PendingUserCodes => _devices.Pending;

    /// <summary>How often the metadata document was asked for.</summary>
    public int DiscoveryRequests => _traffic.Discovery.Requests;

    /// <summary>How many API calls have arrived, refused ones included.</summary>
    public int ApiCalls => _apiTraffic.Requests;

    /// <summary>The last token requests, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedTokenRequests => _traffic.Token.Records;

    /// <summary>The last revocation requests, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedRevocationRequests => _traffic.Revocation.Records;

    /// <summary>The last introspection requests, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedIntrospectionRequests => _traffic.Introspection.Records;

    /// <summary>The last requests for device codes, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedDeviceRequests => _traffic.Device.Records;

    /// <summary>The last requests of the authorization endpoint, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedAuthorizationRequests => _traffic.Authorization.Records;

    /// <summary>The last requests of the authentication endpoint, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedAuthenticationRequests => _traffic.Authentication.Records;

    /// <summary>The last API calls, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> RecordedApiCalls => _apiTraffic.Records;

    /// <summary>
    /// The names of the checks that refused requests, oldest first, such as <c>client_assertion.aud</c>, <c>dpop.htu</c>, <c>certificate.missing</c> or
    /// <c>token_request.repeated</c>; the answer's description ends with the same name. Errors that say nothing of a fault in the client's protocol, such as a
    /// wrong secret, have none. <see cref="ResetCounters"/> empties it.
    /// </summary>
    public IReadOnlyList<string> FailedChecks => Options.FailedChecks.Names;

    /// <summary>How many access tokens are neither expired nor revoked.</summary>
    public int LiveTokens => _tokens.LiveTokens;

    /// <summary>The access tokens that the server has issued and not yet forgotten, the newest first, as they are now. None holds the token's value.</summary>
    public IReadOnlyList<TestToken> Tokens => _tokens.Describe();

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
        try
        {
            server.BaseAddress = await server._loopback.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        server.ApiBaseAddress = new Uri(server.BaseAddress, "api/");
        server._own = server.Add("oauth2/token", "oauth2/", options.Clients);
        server._started.SetResult();
        return server;
    }

    /// <summary>Sets all counters to zero and forgets the recorded requests and failed checks. Tokens and switches stay.</summary>
    public void ResetCounters()
    {
        foreach (var traffic in _traffic.All.Append(_apiTraffic))
            traffic.Reset();
        Options.FailedChecks.Clear();
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
        string? clientId = null, string? username = null, string scope = "default", TimeSpan? lifetime = null, Action<JsonObject>? configureClaims = null) =>
        _own.IssueToken(clientId, username, scope, lifetime, configureClaims);

    /// <summary>
    /// Adds an issuer at <c>{BaseAddress}{path}</c>, as servers of several tenants have them, with metadata, endpoints, signing key and fault switches of
    /// its own (RFC 8414). Its users are the server's, the gateway takes its tokens, and the server's counters, records and waits are of all issuers. May be
    /// called at any time; issuers stay as long as the server does.
    /// </summary>
    /// <param name="path">The path of the issuer, such as <c>t/acme</c>: segments of letters, digits and <c>-._~</c>, the first not <c>api</c>.</param>
    /// <param name="clients">The clients that it knows; without any, those in <see cref="OAuth2TestServerOptions.Clients"/>.</param>
    /// <returns>The issuer.</returns>
    /// <exception cref="ArgumentException">The path cannot be served, or is already; or two clients have one id.</exception>
    public TestIssuer AddIssuer(string path, params TestClient[] clients)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(clients);
        ObjectDisposedException.ThrowIf(_disposed is not 0, this);
        path = path.Trim('/');
        var segments = path.Split('/');
        if (segments[0].Equals("api", StringComparison.OrdinalIgnoreCase) || segments.Any(static s => s is "" or "." or ".." || s.AsSpan().IndexOfAnyExcept(_pathCharacters) >= 0))
            throw new ArgumentException($"The path is '{path}'; name one such as 't/acme', of letters, digits and '-._~', that does not begin with 'api'.", nameof(path));
        return Add(path, $"{path}/oauth2/", clients is [] ? Options.Clients : clients);
    }

    /// <summary>Says yes to a device for a user; its next poll gets a token (RFC 8628 section 3.3).</summary>
    /// <param name="userCode">The user code of the device; neither case nor punctuation counts.</param>
    /// <param name="username">The user, known to the server or not.</param>
    /// <exception cref="ArgumentException">No device of that code waits for an answer.</exception>
    public void ApproveDevice(string userCode, string username)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(username);
        Decide(userCode, username);
    }

    /// <summary>Says no to a device; its polls are <c>access_denied</c> from now on.</summary>
    /// <param name="userCode">The user code of the device; neither case nor punctuation counts.</param>
    /// <exception cref="ArgumentException">No device of that code waits for an answer.</exception>
    public void DenyDevice(string userCode) => Decide(userCode, null);

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

    /// <summary>
    /// Makes new nonces the current ones, of the token endpoint and of the API; proofs with those before are refused from now on. See
    /// <see cref="OAuth2TestServerOptions.TokenEndpointNonces"/> and <see cref="OAuth2TestServerOptions.ApiNonces"/>.
    /// </summary>
    public void RotateNonces() => Options.Nonces.Rotate();

    /// <summary>Stops the server; requests that are under way are cut off.</summary>
    /// <returns>A task for the stop.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) is not 0)
            return;
        await _loopback.DisposeAsync().ConfigureAwait(false);
        foreach (var issuer in _issuers)
            issuer.Signer.Dispose();
        Certificate?.Dispose();
    }

    private TestIssuer Add(string path, string endpoints, IEnumerable<TestClient> clients)
    {
        var issuer = new TestIssuer(new Uri(BaseAddress, path), new Uri(BaseAddress, endpoints), Options, clients, _users, _tokens, _devices, _traffic);
        lock (_issuers)
        {
            if (issuer.Routes.FirstOrDefault(r => _routes.ContainsKey(r.Path)) is { } taken)
                throw new ArgumentException($"'{taken.Path}' is served already; give each issuer a path of its own.", nameof(path));
            foreach (var route in issuer.Routes)
                _routes[route.Path] = route;
            _issuers.Add(issuer);
        }

        return issuer;
    }

    private void Decide(string userCode, string? username)
    {
        ArgumentNullException.ThrowIfNull(userCode);
        if (!_devices.Decide(userCode, username))
            throw new ArgumentException($"No device waits with the user code '{userCode}'; those that do have {(PendingUserCodes is [] ? "none" : string.Join(", ", PendingUserCodes))}.", nameof(userCode));
    }

    private Task RouteAsync(HttpContext context)
    {
        return _started.Task.IsCompleted ? RunAsync() : RunWhenStartedAsync();

        // On a fixed port a request may come before the addresses are known.
        async Task RunWhenStartedAsync()
        {
            await _started.Task.WaitAsync(context.RequestAborted).ConfigureAwait(false);
            await RunAsync().ConfigureAwait(false);
        }

        Task RunAsync()
        {
            var path = context.Request.Path;
            if (path.StartsWithSegments("/api"))
                return _api.RunAsync(context);
            if (!_routes.TryGetValue(path.Value ?? "", out var route))
                return Options.Fallback?.Invoke(context) ?? JsonAnswer.WriteAsync(context.Response, 404, ("message", $"Nothing is served at '{path}'; there are /api/, {string.Join(", ", _routes.Keys.Order(StringComparer.Ordinal))}."));
            if (context.Request.Method == route.Method)
                return route.Handler(context);
            context.Response.Headers.Allow = route.Method;
            if (route.Method is not "POST")
                return JsonAnswer.WriteAsync(context.Response, 405, ("message", $"'{path}' is for {route.Method}."));
            Options.FailedChecks.Add("token_request.method");
            return JsonAnswer.WriteAsync(context.Response, 405, ("message", $"'{path}' is for POST (token_request.method)."));
        }
    }
}
