using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer;
using OAuthClient.Testing.DPoP;

namespace OAuthClient.Testing;

/// <summary>
/// How an <see cref="OAuth2TestServer"/> behaves. The collections, names, callbacks and what to listen on are read once, when the server starts; the
/// lifetimes, formats and switches may be changed through <see cref="OAuth2TestServer.Options"/> while it runs.
/// </summary>
public sealed class OAuth2TestServerOptions
{
    /// <summary>The registered clients. Empty: one client, <see cref="OAuth2TestServer.DefaultClientId"/> with <see cref="OAuth2TestServer.DefaultClientSecret"/>.</summary>
    public IList<TestClient> Clients { get; } = [];

    /// <summary>The known users. Empty: one user, <see cref="OAuth2TestServer.DefaultUsername"/> with <see cref="OAuth2TestServer.DefaultPassword"/>.</summary>
    public IList<TestUser> Users { get; } = [];

    /// <summary>The known agents, which sign in at the <see cref="OAuth2TestServer.AuthenticationEndpoint"/>. Default: none.</summary>
    public IList<TestAgent> Agents { get; } = [];

    /// <summary>How long an access token lives; responses give whole seconds. <see cref="Timeout.InfiniteTimeSpan"/> is for ever, and <c>9223372036854775</c> in responses. Default: 1 hour.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromSeconds(3600);

    /// <summary>How long a refresh token lives; <see cref="Timeout.InfiniteTimeSpan"/> is for ever. Default: 24 hours.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long the codes of a device are good (RFC 8628 section 3.2); responses give whole seconds. Default: 10 minutes.</summary>
    public TimeSpan DeviceCodeLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a device has to wait between two polls; responses give whole seconds, rounded up. A poll that comes sooner is <c>slow_down</c>, and makes it
    /// 5 seconds more for that device (RFC 8628 section 3.5). Default: 5 seconds.
    /// </summary>
    public TimeSpan DevicePollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What access tokens look like. Default: <see cref="TokenFormat.Jwt"/>.</summary>
    public TokenFormat TokenFormat { get; set; }

    /// <summary>What happens when the same token is asked for again. Default: <see cref="ReissueBehavior.NewToken"/>.</summary>
    public ReissueBehavior ReissueBehavior { get; set; }

    /// <summary>
    /// Whether each refresh brings a new refresh token and makes the used one <c>invalid_grant</c>. Using it again revokes all refresh and access
    /// tokens that came of the same authorization (RFC 9700 section 4.14.2). Default: <see langword="false"/>, the same one comes back.
    /// </summary>
    public bool RotateRefreshTokens { get; set; }

    /// <summary>
    /// Whether scopes that start with <c>device_</c> are granted to anyone and select a token of their own, as API Manager does.
    /// Default: <see langword="false"/>, they are dropped from the grant without an error.
    /// </summary>
    public bool DeviceScopes { get; set; }

    /// <summary>
    /// Whether the form parameter <c>tokenBindingId</c> selects a token of its own, as Identity Server has it: <see cref="ReissueBehavior.RevokePrevious"/> and
    /// <see cref="ReissueBehavior.SameToken"/> then look among the tokens of the same one. Default: <see langword="false"/>, it means nothing.
    /// </summary>
    public bool TokenBindings { get; set; }

    /// <summary>
    /// Whether the two parts of Basic credentials are form-url-decoded, as RFC 6749 section 2.3.1 asks. Default: <see langword="false"/>, they
    /// are taken as they come, as WSO2's servers do; a secret that contains <c>:</c> is then refused.
    /// </summary>
    public bool EncodedBasic { get; set; }

    /// <summary>
    /// Whether the realm of the token endpoint's <c>Basic</c> challenge is a quoted string, as most servers send it. Default:
    /// <see langword="false"/>, <c>Basic realm=127.0.0.1</c> as WSO2's servers do.
    /// </summary>
    public bool QuotedRealm { get; set; }

    /// <summary>
    /// Whether errors follow the RFCs where WSO2's platforms do not: a scope that the client may not have is <c>invalid_scope</c>, client_credentials of a
    /// client without credentials <c>unauthorized_client</c>, a locked account <c>invalid_grant</c>, realms are quoted; the gateway's challenges are those of
    /// RFC 6750 in every <see cref="GatewayErrorFormat"/> (bare without a token, <c>insufficient_scope</c>), two tokens, one of them in the query too, are a
    /// 400, and its scheme is compared without case. A parameter without a value counts as left out (RFC 6749 section 3.2). Default: <see langword="false"/>.
    /// </summary>
    public bool Strict { get; set; }

    /// <summary>Form parameters that a token request may repeat, such as <c>resource</c> (RFC 8707). Any other that is repeated is a 400. Default: none.</summary>
    public ISet<string> RepeatableParameters { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>
    /// Further grants by <c>grant_type</c>, also in place of a built-in one such as token exchange, but for <c>client_credentials</c>, <c>password</c> and
    /// <c>refresh_token</c>. The callback may name the user, add to the response or refuse; the client must also have the grant in its <see cref="TestClient.GrantTypes"/>.
    /// </summary>
    public IDictionary<string, Action<GrantContext>> CustomGrants { get; } = new Dictionary<string, Action<GrantContext>>(StringComparer.Ordinal);

    /// <summary>
    /// Whose JWTs the jwt-bearer grant takes (RFC 7523 section 3), from the <c>iss</c> to its public key (PEM, EC or RSA). Their <c>aud</c> must be the token
    /// endpoint or the issuer, and <c>sub</c> names the user, known to the server or not. The server's own JWTs are taken while they are good. Default: none.
    /// </summary>
    public IDictionary<string, string> AssertionIssuers { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The ids of the organizations that the <c>organization_switch</c> grant switches to; a JWT then has the <c>org_id</c>. Default: none.</summary>
    public ISet<string> Organizations { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Changes each successful token response before it is sent, to act an odd or hostile server: another <c>token_type</c>, an <c>expires_in</c> of another kind, no <c>scope</c>.</summary>
    public Action<JsonObject>? ConfigureTokenResponse { get; set; }

    /// <summary>Changes the claims of each JWT before it is signed, those of clients and users included. The gateway goes by what the server knows, not by claims. Default: none.</summary>
    public Action<JsonObject>? ConfigureClaims { get; set; }

    /// <summary>
    /// The port of 127.0.0.1 to listen on, for programs whose settings cannot be changed by a test; 0 takes a free one, which lets tests run at
    /// the same time. Default: 0.
    /// </summary>
    public int Port { get; set; }

    /// <summary>
    /// Whether the server speaks https, and https alone, with a certificate of its own: see <see cref="OAuth2TestServer.Certificate"/> and
    /// <see cref="OAuth2TestServer.CreateHandler"/>. The RFCs ask for TLS at both endpoints and at APIs (RFC 6749 sections 3.2 and 1.6, RFC 6750
    /// section 5.2, RFC 8414 section 6.1). Default: <see langword="false"/>, plain http.
    /// </summary>
    public bool UseHttps { get; set; }

    /// <summary>
    /// Who issues the server's certificate, with a private key, as <see cref="TestCertificates.CreateAuthority"/> makes it: a program that is given it to
    /// trust, for instance by <c>SSL_CERT_FILE</c>, trusts the server. Needs <see cref="UseHttps"/>. Default: none, the certificate is signed by itself.
    /// </summary>
    public X509Certificate2? CertificateAuthority { get; set; }

    /// <summary>
    /// Whether certificates of clients are looked at below <c>/mtls/</c> alone (RFC 8705 section 5): the token endpoint is at <c>/mtls/oauth2/token</c>
    /// as well, and so are revocation, introspection and device authorization, and the metadata has <c>mtls_endpoint_aliases</c>. The gateway looks at
    /// certificates in any case. Needs <see cref="UseHttps"/>. Default: <see langword="false"/>.
    /// </summary>
    public bool MtlsAliases { get; set; }

    /// <summary>The request header that the gateway reads the token from. Default: <c>Authorization</c>.</summary>
    public string HeaderName { get; set; } = "Authorization";

    /// <summary>The scheme before the token, compared to the letter unless <see cref="Strict"/>. Empty: the header holds the bare token. Default: <c>Bearer</c>.</summary>
    public string HeaderScheme { get; set; } = "Bearer";

    /// <summary>The request header of the API key that the gateway demands beside the token; set it together with <see cref="ApiKey"/>. Default: none.</summary>
    public string? ApiKeyHeaderName { get; set; }

    /// <summary>The API key that the gateway demands beside the token. Default: none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// Further headers that the gateway demands beside the token, from the name to the value. Missing or wrong: 403 with code 900908, which no
    /// new token mends. Default: none.
    /// </summary>
    public IDictionary<string, string> CredentialHeaders { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The status of the gateway's answer to a token that is unknown, revoked or expired, from 400 to 599, for APIs that do not say 401 (RFC 6750 section 3.1).
    /// A request without a token stays 401. Default: 401.
    /// </summary>
    public int RejectedTokenStatusCode { get; set; } = 401;

    /// <summary>
    /// The document that describes the API; the gateway names it as <c>resource_metadata</c> in the <c>Bearer</c> challenges of its 401s (RFC 9728 section 5.1).
    /// It is not served. Default: none.
    /// </summary>
    public Uri? ResourceMetadata { get; set; }

    /// <summary>
    /// Whether the gateway's 403 for a missing scope has the challenge of RFC 6750 section 3, with <c>insufficient_scope</c> and the scope, in every
    /// <see cref="GatewayErrorFormat"/>; <see cref="Strict"/> has it as well. Default: <see langword="false"/>.
    /// </summary>
    public bool ScopeChallenges { get; set; }

    /// <summary>The shape of the gateway's error bodies. Default: <see cref="GatewayErrorFormat.ChoreoConnect"/>.</summary>
    public GatewayErrorFormat GatewayErrorFormat { get; set; }

    /// <summary>Which environment the gateway serves; a token of the other one is 403 with code 900912. Default: <see cref="KeyType.Production"/>.</summary>
    public KeyType Environment { get; set; }

    /// <summary>Scopes that the gateway demands: from a path, such as <c>/api/orders</c>, to the scope needed there and below. Without it: 403 with code 900910.</summary>
    public IDictionary<string, string> RequiredScopes { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// What runs behind the gateway. Its <see cref="HttpContext.User"/> holds the claims <c>client_id</c>, <c>sub</c> and <c>scope</c>. Default: an echo in
    /// JSON of method, path, query, client_id, user, scope, token_id (the token's <c>jti</c>, never the token), content_length and content_sha256.
    /// </summary>
    public RequestDelegate? Api { get; set; }

    /// <summary>What answers where nothing is served, such as a page at <c>/</c>. Default: <see langword="null"/>, 404 and what there is instead.</summary>
    public RequestDelegate? Fallback { get; set; }

    /// <summary>
    /// Whether DPoP proofs at the token endpoint must hold the current nonce (RFC 9449 section 8). Without it: 400 with <c>use_dpop_nonce</c> and the nonce in
    /// <c>DPoP-Nonce</c>, which every other answer to a proof has as well. See <see cref="OAuth2TestServer.RotateNonces"/>. Default: <see langword="false"/>.
    /// </summary>
    public bool TokenEndpointNonces { get; set; }

    /// <summary>
    /// Whether DPoP proofs at the gateway must hold its current nonce, which is another than the token endpoint's (RFC 9449 section 9). Without it: 401 with
    /// <c>use_dpop_nonce</c> in the challenge and the nonce in <c>DPoP-Nonce</c>, which every other answer to a proof has as well. Default: <see langword="false"/>.
    /// </summary>
    public bool ApiNonces { get; set; }

    /// <summary>How many of the last requests each of the recorded lists keeps; 0 records none, which is what a benchmark wants. Default: 1,000.</summary>
    public int RecordedRequestLimit { get; set; } = 1000;

    /// <summary>
    /// How long a <c>WaitFor...Async</c> method waits, by the real clock, before it fails with a message that tells what did arrive;
    /// <see cref="Timeout.InfiniteTimeSpan"/> waits for ever, anything else 49 days at most. Default: 30 seconds.
    /// </summary>
    public TimeSpan WaitTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock of token lifetimes, JWT claims, <c>Date</c> headers and <see cref="EndpointBehavior.Latency"/>. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal CheckLog FailedChecks { get; } = new();

    internal ProofNonces Nonces { get; } = new();
}
