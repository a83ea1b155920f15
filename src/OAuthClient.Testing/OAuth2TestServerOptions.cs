using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

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

    /// <summary>How long an access token lives; responses give whole seconds. <see cref="Timeout.InfiniteTimeSpan"/> is for ever, and <c>9223372036854775</c> in responses. Default: 1 hour.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromSeconds(3600);

    /// <summary>How long a refresh token lives; <see cref="Timeout.InfiniteTimeSpan"/> is for ever. Default: 24 hours.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromHours(24);

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
    /// Further grants by <c>grant_type</c>, such as token exchange. The callback may name the user, add to the response or refuse; the
    /// client must also have the grant in its <see cref="TestClient.GrantTypes"/>.
    /// </summary>
    public IDictionary<string, Action<GrantContext>> CustomGrants { get; } = new Dictionary<string, Action<GrantContext>>(StringComparer.Ordinal);

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

    /// <summary>The request header that the gateway reads the token from. Default: <c>Authorization</c>.</summary>
    public string HeaderName { get; set; } = "Authorization";

    /// <summary>The scheme before the token, compared to the letter unless <see cref="Strict"/>. Empty: the header holds the bare token. Default: <c>Bearer</c>.</summary>
    public string HeaderScheme { get; set; } = "Bearer";

    /// <summary>The request header of the API key that the gateway demands beside the token; set it together with <see cref="ApiKey"/>. Default: none.</summary>
    public string? ApiKeyHeaderName { get; set; }

    /// <summary>The API key that the gateway demands beside the token. Default: none.</summary>
    public string? ApiKey { get; set; }

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

    /// <summary>How many of the last requests each of the recorded lists keeps; 0 records none, which is what a benchmark wants. Default: 1,000.</summary>
    public int RecordedRequestLimit { get; set; } = 1000;

    /// <summary>
    /// How long a <c>WaitFor...Async</c> method waits, by the real clock, before it fails with a message that tells what did arrive;
    /// <see cref="Timeout.InfiniteTimeSpan"/> waits for ever, anything else 49 days at most. Default: 30 seconds.
    /// </summary>
    public TimeSpan WaitTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock of token lifetimes, JWT claims, <c>Date</c> headers and <see cref="EndpointBehavior.Latency"/>. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
