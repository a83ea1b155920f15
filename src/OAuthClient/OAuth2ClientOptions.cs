using System.Diagnostics;

namespace OAuthClient;

/// <summary>
/// The settings of one OAuth2 client. Every property binds from configuration under its own name; all of them are checked together
/// when the host starts.
/// </summary>
[DebuggerDisplay("OAuth2 client '{ClientId,nq}'")]
public sealed partial class OAuth2ClientOptions
{
    /// <summary>
    /// A built-in provider by name: <c>Asgardeo</c>, <c>Bijira</c>, <c>Choreo</c>, <c>Devant</c>, <c>ApiManager</c> or <c>IdentityServer</c>.
    /// It fills in endpoints, client authentication and encoding; anything set here as well wins. Default: none.
    /// </summary>
    public string? Provider { get; set; }

    /// <summary>The organization in the provider's endpoints, needed by <c>Asgardeo</c>: <c>acme</c> in <c>https://api.asgardeo.io/t/acme/oauth2/token</c>, or <c>acme/o/id</c> for one under it.</summary>
    public string? Organization { get; set; }

    /// <summary>The provider's region, <c>US</c> or <c>EU</c>. Default: <c>US</c>.</summary>
    public string? Region { get; set; }

    /// <summary>
    /// The name of a Choreo or Devant connection, whose environment variables (<c>CHOREO_ORDERS_SERVICEURL</c> and so on for <c>ORDERS</c>)
    /// fill in what is not set here. Default: none.
    /// </summary>
    public string? Connection { get; set; }

    /// <summary>Where tokens are asked for (RFC 6749 §3.2): https, or http on loopback. Needed unless the provider, the connection or <see cref="Issuer"/> tells.</summary>
    public Uri? TokenEndpoint { get; set; }

    /// <summary>Where tokens are revoked (RFC 7009). Default: the provider's; needed for <see cref="IOAuth2TokenProvider.RevokeAsync"/> alone.</summary>
    public Uri? RevocationEndpoint { get; set; }

    /// <summary>Where a token can be asked about (RFC 7662). Default: the provider's, or the issuer's; needed for <see cref="IOAuth2TokenProvider.IntrospectAsync"/> alone.</summary>
    public Uri? IntrospectionEndpoint { get; set; }

    /// <summary>
    /// The issuer of the authorization server. Where <see cref="TokenEndpoint"/> is not set, the endpoints are read from its metadata
    /// (OpenID Connect Discovery 1.0 §4, RFC 8414 §3) before the first token request.
    /// </summary>
    public Uri? Issuer { get; set; }

    /// <summary>The client identifier (RFC 6749 §2.2), called consumer key on WSO2's platforms. Always needed.</summary>
    public string? ClientId { get; set; }

    /// <summary>The client secret (RFC 6749 §2.3.1), called consumer secret on WSO2's platforms. A line end after it is dropped.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ClientSecret { get; set; }

    /// <summary>A file that holds the client secret, such as a mounted one; relative to the host's content root, as every file here; read again for every token request. A line end after it is dropped.</summary>
    public string? ClientSecretFile { get; set; }

    /// <summary>A callback that returns the client secret, called for every token request. Not bound from configuration.</summary>
    public Func<CancellationToken, ValueTask<string>>? ClientSecretCallback { get; set; }

    /// <summary>How the client proves who it is. Default: the provider's, else <see cref="OAuthClient.ClientAuthenticationMethod.ClientSecretBasic"/>.</summary>
    public ClientAuthenticationMethod? ClientAuthenticationMethod { get; set; }

    /// <summary>How a Basic header writes id and secret. Default: the provider's, else <see cref="OAuthClient.BasicCredentialEncoding.FormUrlEncoded"/>.</summary>
    public BasicCredentialEncoding? BasicCredentialEncoding { get; set; }

    /// <summary>The wire value of <c>grant_type</c>, see <see cref="GrantTypes"/>. Default: <c>client_credentials</c>.</summary>
    public string GrantType { get; set; } = GrantTypes.ClientCredentials;

    /// <summary>The user's name, for <see cref="GrantTypes.Password"/>.</summary>
    public string? Username { get; set; }

    /// <summary>The user's password, for <see cref="GrantTypes.Password"/>. A line end after it is dropped.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Password { get; set; }

    /// <summary>The scopes to ask for (RFC 6749 §3.3). In configuration a list, or one space-delimited string. Default: none.</summary>
    public IList<string> Scopes { get; } = [];

    /// <summary>The resources to ask a token for (RFC 8707): mostly absolute URIs, or any name that the server knows the API by. Default: none.</summary>
    public IList<string> Resources { get; } = [];

    /// <summary>The audience to ask a token for (RFC 8693 §2.1). Default: none.</summary>
    public string? Audience { get; set; }

    /// <summary>Further form fields of the token request. Default: none. May not repeat a field that has a setting of its own. A line end after a value is dropped.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IDictionary<string, string> Parameters { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The header that carries the token. Default: <c>Authorization</c>.</summary>
    public string HeaderName { get => _headerName ?? "Authorization"; set => _headerName = value; }

    /// <summary>What stands before the token in the header. Default: <c>Bearer</c> (RFC 6750 §2.1); empty: the bare token.</summary>
    public string HeaderScheme { get; set; } = "Bearer";

    /// <summary>Further headers that are sent beside the token and to the same origins alone, by name: <c>Subscription-Key</c>, <c>apikey</c>. Default: none.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IDictionary<string, string> CredentialHeaders { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>An API key that is sent beside the token: one entry of <see cref="CredentialHeaders"/> in short. Default: none.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ApiKey { get; set; }

    /// <summary>The header that carries <see cref="ApiKey"/>, such as <c>api-key</c>. Default: the connection's; needed where there is a key.</summary>
    public string? ApiKeyHeaderName { get; set; }

    /// <summary>The API's base address: that of the registered <see cref="HttpClient"/>, and the first origin that may see the token.</summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>Further origins (scheme, host and port, such as <c>https://eu.api.example</c>) that may see the token. Default: none.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>Allows http to hosts other than loopback, for token endpoints and APIs inside a network that is trusted. Default: false.</summary>
    public bool AllowInsecureHttp { get; set; }

    /// <summary>
    /// How long before its expiry a token is refreshed in the background. Default: 60 s; range: 0 to 1 hour. Never more than a
    /// quarter of the token's life, and up to a fifth of it is taken off at random so that many instances do not move in step.
    /// </summary>
    public TimeSpan RefreshBeforeExpiry { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The life of a token whose answer tells none and which is no JWT. Default: 5 minutes; range: 1 s to 24 hours.</summary>
    public TimeSpan DefaultTokenLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long it may take to get a token: reading the secret, looking up the endpoint, and every request of one attempt. Default: 30 s;
    /// range: 1 ms to 10 minutes.
    /// </summary>
    public TimeSpan TokenRequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a call that needs a token waits, and has it tried again, while the token server is out of order or limits its rate, before it
    /// fails. Default: zero, which fails at once; range: 0 to 10 minutes. <see cref="HttpClient.Timeout"/> ends the wait too.
    /// </summary>
    public TimeSpan TransientFailureWait { get; set; }

    /// <summary>
    /// Up to how many bytes a call's content is read into memory before it is sent, so that content of any kind can be sent again after a 401.
    /// Default: 0, which buffers nothing; range: 0 to 2147483647. Longer content is sent as it is where it tells its length; else the call
    /// fails before it is sent, so content that never ends, such as a gRPC client stream, must not go through such a client.
    /// </summary>
    public int MaxRequestContentBufferSize { get; set; }

    /// <summary>How many tokens (of different scopes, audiences and so on) are kept beside the client's own. Default: 10,000; range: 1 to 10,000,000.</summary>
    public int MaxTokens { get; set; } = 10_000;

    /// <summary>
    /// Whether the instances of the program share this client's tokens, where there is a store for them (<see cref="IOAuth2TokenStore"/>). Default: they do, but for
    /// what a user has signed in for (grants <c>password</c> and device) and for what a callback brings to exchange, which are shared only where this is true.
    /// A <see cref="DeviceScope"/> or <see cref="TokenBindingId"/> of <c>auto</c>, or a DPoP key without a <see cref="DPoPKeyFile"/>, is one instance's own, and so are its tokens;
    /// and <see cref="RevokeOnShutdown"/> makes them so.
    /// </summary>
    public bool? ShareTokens { get; set; }

    /// <summary>Treats a token that was granted fewer scopes than asked for as an error. Default: false, which logs a warning once.</summary>
    public bool RequireAllScopes { get; set; }

    /// <summary>
    /// Adds one scope <c>device_&lt;name&gt;</c>, by which API Manager gives every instance a token of its own, so that instances do not revoke
    /// each other's: <c>auto</c> for a name that stays the same for the life of the process, or a name. Default: none.
    /// </summary>
    public string? DeviceScope { get; set; }

    /// <summary>
    /// The form field <c>tokenBindingId</c>, by which Asgardeo and Identity Server give every instance a token of its own: <c>auto</c> for a name that stays
    /// the same for the life of the process, or a name. Default: none.
    /// </summary>
    public string? TokenBindingId { get; set; }

    /// <summary>
    /// Revokes the tokens that this process holds for the client, and the refresh tokens that came with them, when the host has stopped (RFC 7009): within
    /// <see cref="TokenRequestTimeout"/> and the host's own time to stop. What fails is logged. Default: false. Set it only where the tokens are this process's
    /// own: WSO2's servers give several processes of one application the same token, unless <see cref="DeviceScope"/> (API Manager) or
    /// <see cref="TokenBindingId"/> (Identity Server, Asgardeo) is set. Not for <see cref="GrantTypes.RefreshToken"/>, whose refresh token the next start needs.
    /// </summary>
    public bool RevokeOnShutdown { get; set; }

    /// <summary>The statuses by which the API says that it rejects the token, which is then replaced and the call sent once more. In configuration a list, or one string. Default: 401 alone; range: 400 to 499.</summary>
    public IList<int> TokenRejectedStatusCodes { get; } = [];

    /// <summary>
    /// The scopes that may be added to a call's where a 403 says <c>insufficient_scope</c> and names them (RFC 6750 §3.1); the call is sent once more
    /// with such a token. Default: none, which returns the 403.
    /// </summary>
    public IList<string> StepUpScopes { get; } = [];

    private string? _headerName;

    // What configuration held that could not be read, for the validator to report.
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal List<string> BindingErrors { get; } = [];
    internal bool HasHeaderName => _headerName is not null; // True where somebody has set it, be it to the default.
    internal List<Action<OAuth2ClientOptions, string>> Completions { get; } = []; // What fills in settings that nobody has set, told of the folder of relative files.
    internal List<string> Notes { get; } = []; // What is worth a line of the log once the settings hold.
    internal ConnectionVariables? ConnectionVariables { get; set; } // Names of one's own for the connection's variables.
    internal bool SendsNoToken { get; set; } // True where the connection offers neither key, secret nor token URL: its service wants no token.
}
