using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer;
using OAuthClient.Testing.AuthorizationServer.Grants;
using OAuthClient.Testing.AuthorizationServer.Login;
using OAuthClient.Testing.Hosting;
using OAuthClient.Testing.Jwt;
using OAuthClient.Testing.Recording;

namespace OAuthClient.Testing;

/// <summary>
/// One issuer of an <see cref="OAuth2TestServer"/>: metadata, endpoints, signing key, clients and fault switches of its own, and tokens that no other
/// issuer refreshes or revokes. The server's options hold for all of its issuers, and it counts and records the requests of all of them;
/// <see cref="RecordedRequest.Path"/> tells whose one was. See <see cref="OAuth2TestServer.AddIssuer"/>.
/// </summary>
public sealed class TestIssuer
{
    private readonly TestClient _defaultClient;
    private readonly FrozenDictionary<string, TestClient> _clients;
    private readonly FrozenDictionary<string, TestUser> _users;
    private readonly TokenStore _tokens;
    private readonly ServedEndpoint _token;
    private readonly ServedEndpoint _revocation;
    private readonly ServedEndpoint _introspection;
    private readonly ServedEndpoint _deviceAuthorization;
    private readonly ServedEndpoint _authorization;
    private readonly ServedEndpoint _authentication;
    private readonly ServedEndpoint _discovery;

    internal TestIssuer(
        Uri issuer, Uri endpoints, OAuth2TestServerOptions options, IEnumerable<TestClient> clients, FrozenDictionary<string, TestUser> users, TokenStore tokens,
        DeviceCodes devices, IssuerTraffic traffic)
    {
        (_users, _tokens) = (users, tokens);
        _defaultClient = clients.First();
        _clients = clients.ToFrozenDictionary(static c => c.ClientId, StringComparer.Ordinal);
        Issuer = issuer;
        TokenEndpoint = new Uri(endpoints, "token");
        RevocationEndpoint = new Uri(endpoints, "revoke");
        IntrospectionEndpoint = new Uri(endpoints, "introspect");
        DeviceAuthorizationEndpoint = new Uri(endpoints, "device_authorize");
        var verification = new Uri(endpoints, "device");
        AuthorizationEndpoint = new Uri(endpoints, "authorize");
        AuthenticationEndpoint = new Uri(endpoints, "authn");
        JwksUri = new Uri(endpoints, "jwks");
        var authenticator = new ClientAuthenticator(options, _clients, new AssertionVerifier(TokenEndpoint, Issuer, options.TimeProvider), new CertificateVerifier(options));
        var logins = new Logins(this, options, tokens);
        var grants = BuiltInGrants.Create(options, users, tokens, devices, logins);
        var documents = new Discovery(this, options);
        _token = CreateEndpoint(new TokenEndpoint(options, this, authenticator, users, tokens, grants).HandleAsync, traffic.Token);
        _revocation = CreateEndpoint(new RevocationEndpoint(options, this, authenticator, tokens).HandleAsync, traffic.Revocation);
        _introspection = CreateEndpoint(new IntrospectionEndpoint(options, this, authenticator, tokens).HandleAsync, traffic.Introspection);
        _deviceAuthorization = CreateEndpoint(new DeviceAuthorizationEndpoint(options, this, verification, authenticator, devices).HandleAsync, traffic.Device);
        _authorization = CreateEndpoint(new AuthorizationEndpoint(options, _clients, logins).HandleAsync, traffic.Authorization);
        _authentication = CreateEndpoint(new AuthenticationEndpoint(options, logins).HandleAsync, traffic.Authentication);
        _discovery = CreateEndpoint(documents.WriteMetadataAsync, traffic.Discovery);
        (Uri Address, ServedEndpoint Served)[] ofClients =
            [(TokenEndpoint, _token), (RevocationEndpoint, _revocation), (IntrospectionEndpoint, _introspection), (DeviceAuthorizationEndpoint, _deviceAuthorization)];
        Routes =
        [
            .. ofClients.Select(static e => new Route(e.Address.AbsolutePath, "POST", e.Served.RunAsync)),
            new(verification.AbsolutePath, "GET", static context => JsonAnswer.WriteAsync(context.Response, 200, ("message", "The test answers for the user, by ApproveDevice or DenyDevice of the server."))),
            new(AuthorizationEndpoint.AbsolutePath, "POST", _authorization.RunAsync),
            new(AuthenticationEndpoint.AbsolutePath, "POST", _authentication.RunAsync),
            new(JwksUri.AbsolutePath, "GET", documents.WriteKeysAsync),
            new($"{Issuer.AbsolutePath}/.well-known/openid-configuration", "GET", _discovery.RunAsync),
            new($"/.well-known/oauth-authorization-server{Issuer.AbsolutePath}", "GET", _discovery.RunAsync),
        ];
        if (options.MtlsAliases)
            Routes = [.. Routes, .. ofClients.Select(static e => new Route(MtlsAlias(e.Address).AbsolutePath, "POST", e.Served.RunAsync))];

        ServedEndpoint CreateEndpoint(RequestDelegate handler, Traffic traffic) =>
            new(handler, (context, statusCode) => OAuthError.WriteUsualAsync(context, statusCode, options), new EndpointBehavior(options.TimeProvider), traffic);
    }

    /// <summary>
    /// The issuer: the <c>iss</c> of its JWTs. Its metadata is at <c>{issuer}/.well-known/openid-configuration</c> and, where RFC 8414 section 3.1
    /// looks for it, at <c>/.well-known/oauth-authorization-server{path of the issuer}</c>.
    /// </summary>
    public Uri Issuer { get; }

    /// <summary>Where it issues tokens: <c>{issuer}/oauth2/token</c>.</summary>
    public Uri TokenEndpoint { get; }

    /// <summary>Where its tokens are revoked (RFC 7009): <c>{issuer}/oauth2/revoke</c>.</summary>
    public Uri RevocationEndpoint { get; }

    /// <summary>Where its tokens are looked at (RFC 7662), by clients that prove themselves: <c>{issuer}/oauth2/introspect</c>.</summary>
    public Uri IntrospectionEndpoint { get; }

    /// <summary>Where devices ask for their codes (RFC 8628): <c>{issuer}/oauth2/device_authorize</c>.</summary>
    public Uri DeviceAuthorizationEndpoint { get; }

    /// <summary>Where a login without a browser begins (RFC 6749 section 4.1.1): <c>{issuer}/oauth2/authorize</c>.</summary>
    public Uri AuthorizationEndpoint { get; }

    /// <summary>Where agents sign in: <c>{issuer}/oauth2/authn</c>.</summary>
    public Uri AuthenticationEndpoint { get; }

    /// <summary>The keys that its JWTs are signed with: <c>{issuer}/oauth2/jwks</c>.</summary>
    public Uri JwksUri { get; }

    /// <summary>The fault switches of its token endpoint.</summary>
    public EndpointBehavior TokenEndpointBehavior => _token.Behavior;

    /// <summary>The fault switches of its revocation endpoint.</summary>
    public EndpointBehavior RevocationEndpointBehavior => _revocation.Behavior;

    /// <summary>The fault switches of its introspection endpoint.</summary>
    public EndpointBehavior IntrospectionEndpointBehavior => _introspection.Behavior;

    /// <summary>The fault switches of its device authorization endpoint.</summary>
    public EndpointBehavior DeviceAuthorizationEndpointBehavior => _deviceAuthorization.Behavior;

    /// <summary>The fault switches of its authorization endpoint.</summary>
    public EndpointBehavior AuthorizationEndpointBehavior => _authorization.Behavior;

    /// <summary>The fault switches of its authentication endpoint.</summary>
    public EndpointBehavior AuthenticationEndpointBehavior => _authentication.Behavior;

    /// <summary>The fault switches of its metadata document.</summary>
    public EndpointBehavior DiscoveryBehavior => _discovery.Behavior;

    internal IEnumerable<TestClient> Clients => _clients.Values;

    internal JwtSigner Signer { get; } = new();

    internal IReadOnlyList<Route> Routes { get; }

    /// <summary>Where a client with a certificate finds an endpoint beside its usual address (RFC 8705 section 5).</summary>
    internal static Uri MtlsAlias(Uri endpoint) => new(endpoint, $"/mtls{endpoint.AbsolutePath}");

    /// <summary>Issues an access token without a request, for testing what is called with one. It is as good as any other, and no counter counts it as a token request.</summary>
    /// <param name="clientId">The client it is for; <see langword="null"/> takes the first that the issuer knows.</param>
    /// <param name="username">The user it is for, known to the server or not; <see langword="null"/> issues it for the client itself.</param>
    /// <param name="scope">Its scopes, separated by spaces; whether the client may have them is not looked at.</param>
    /// <param name="lifetime">How long it lives, negative for one that has expired; <see langword="null"/> takes <see cref="OAuth2TestServerOptions.TokenLifetime"/>.</param>
    /// <param name="configureClaims">Changes the claims of a JWT, after <see cref="OAuth2TestServerOptions.ConfigureClaims"/>.</param>
    /// <returns>The token.</returns>
    /// <exception cref="ArgumentException">The issuer knows no client of that id.</exception>
    public string IssueToken(
        string? clientId = null, string? username = null, string scope = "default", TimeSpan? lifetime = null, Action<JsonObject>? configureClaims = null)
    {
        ArgumentNullException.ThrowIfNull(scope);
        var client = _defaultClient;
        if (clientId is not null && !_clients.TryGetValue(clientId, out client))
            throw new ArgumentException($"The issuer '{Issuer}' knows no client '{clientId}'; add it to Clients before the server starts, or name it in AddIssuer.", nameof(clientId));
        var user = username is null ? null : _users.GetValueOrDefault(username);
        var scopes = scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return _tokens.IssueApart(new Authorization(this, client, user, username), scopes, lifetime, configureClaims).Value;
    }
}
