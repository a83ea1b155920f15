using System.Text.Json.Nodes;
using OAuthClient.Testing.AuthorizationServer;

namespace OAuthClient.Testing;

/// <summary>
/// A client that is registered with an <see cref="OAuth2TestServer"/>. Single values such as <see cref="ClientSecret"/> or
/// <see cref="Blocked"/> may be changed while the server runs; fill the collections before it starts.
/// </summary>
public sealed class TestClient
{
    /// <summary>Registers a client.</summary>
    /// <param name="clientId">The client's identifier.</param>
    /// <param name="clientSecret">Its secret, or <see langword="null"/> for a public client.</param>
    /// <exception cref="ArgumentException"><paramref name="clientId"/> is empty.</exception>
    public TestClient(string clientId, string? clientSecret)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(clientId);
        ClientId = clientId;
        ClientSecret = clientSecret;
    }

    /// <summary>The client's identifier.</summary>
    public string ClientId { get; }

    /// <summary>The secret that the client proves itself with; <see langword="null"/> means a public client. Set it to rotate the secret.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>A second secret that is taken wherever <see cref="ClientSecret"/> is, as servers have it while a secret is rotated. Default: none.</summary>
    public string? SecondaryClientSecret { get; set; }

    /// <summary>The public key (PEM, EC or RSA) that <c>private_key_jwt</c> assertions are checked with; <see langword="null"/> (the default) refuses them.</summary>
    public string? PublicKeyPem { get; set; }

    /// <summary>
    /// Whether the client's own assertions are checked as RFC 7523 section 3 and its successors would have it: <c>aud</c> is the issuer as one string, <c>exp</c>
    /// is at most 10 minutes away, <c>iat</c> is no time to come, the algorithm is <see cref="AssertionAlgorithm"/>, and a secret is as long as its hash (RFC 7518
    /// section 3.2). Default: <see langword="false"/>: the token endpoint, or a list with either in it, is an <c>aud</c> as well, and any end will do.
    /// </summary>
    public bool StrictAssertions { get; set; }

    /// <summary>The one algorithm that <see cref="StrictAssertions"/> lets through, such as <c>ES256</c>; <see langword="null"/>, the default, is any.</summary>
    public string? AssertionAlgorithm { get; set; }

    /// <summary>
    /// The <c>iss</c> of assertions that a platform writes for the client (Kubernetes, Azure, AWS, SPIFFE), as a federated credential names it; set it together
    /// with <see cref="AssertionSubject"/> and <see cref="AssertionIssuerPublicKeyPem"/>. The form's <c>client_id</c> names the client, <c>aud</c> is the issuer or
    /// the token endpoint, and one assertion may come again until it expires. Default: none.
    /// </summary>
    public string? AssertionIssuer { get; set; }

    /// <summary>The <c>sub</c> of the platform's assertions, such as <c>system:serviceaccount:shop:orders</c>. Default: none.</summary>
    public string? AssertionSubject { get; set; }

    /// <summary>The public key (PEM, EC or RSA) that the platform's assertions are checked with. Default: none.</summary>
    public string? AssertionIssuerPublicKeyPem { get; set; }

    /// <summary>
    /// The <c>client_assertion_type</c> of the client's assertions (RFC 7521 section 4.2). SPIFFE's is
    /// <c>urn:ietf:params:oauth:client-assertion-type:jwt-spiffe</c>. Default: <c>urn:ietf:params:oauth:client-assertion-type:jwt-bearer</c>.
    /// </summary>
    public string AssertionType { get; set; } = AssertionVerifier.JwtBearer;

    /// <summary>
    /// The subject of the certificate that the client authenticates with by <c>tls_client_auth</c> (RFC 8705 section 2.1), such as <c>CN=orders, O=Acme</c>, as
    /// <c>X509Certificate2.Subject</c> gives it; who has issued it is not looked at. Needs <see cref="OAuth2TestServerOptions.UseHttps"/>. Default: none.
    /// </summary>
    public string? CertificateSubject { get; set; }

    /// <summary>An alternative name (SAN dNSName) of the certificate that the client authenticates with by <c>tls_client_auth</c>. Default: none.</summary>
    public string? CertificateSanDns { get; set; }

    /// <summary>
    /// The SHA-256 in hexadecimal of the certificate that the client authenticates with by <c>self_signed_tls_client_auth</c> (RFC 8705 section 2.2), as
    /// <c>GetCertHashString(HashAlgorithmName.SHA256)</c> gives it. Default: none.
    /// </summary>
    public string? CertificateThumbprint { get; set; }

    /// <summary>
    /// Whether the client's tokens are bound to the certificate of its connection (<c>tls_client_certificate_bound_access_tokens</c>, RFC 8705 section 3): without
    /// one there is no token, and the gateway takes the token over connections with this certificate alone. Default: <see langword="false"/>.
    /// </summary>
    public bool BindTokensToCertificate { get; set; }

    /// <summary>
    /// Whether the client's token requests must come with a DPoP proof (<c>dpop_bound_access_tokens</c>, RFC 9449 section 5.2); without one they are
    /// <c>invalid_request</c>. Default: <see langword="false"/>: a proof binds the token of whoever sends one.
    /// </summary>
    public bool RequireDPoP { get; set; }

    /// <summary>
    /// The authentication methods that are accepted, by their wire names: <c>client_secret_basic</c>, <c>client_secret_post</c>,
    /// <c>client_secret_jwt</c>, <c>private_key_jwt</c>, <c>tls_client_auth</c>, <c>self_signed_tls_client_auth</c>, <c>none</c>. Empty, the default, accepts each
    /// that the client has a credential for.
    /// </summary>
    public ISet<string> AuthenticationMethods { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>
    /// The grants the client may use, by their wire names. Default: <c>client_credentials</c>, <c>password</c>, <c>refresh_token</c>; without the last, no refresh
    /// tokens are issued. The server also knows <c>authorization_code</c> of an agent's login, <c>organization_switch</c>, and, each after
    /// <c>urn:ietf:params:oauth:grant-type:</c>, <c>token-exchange</c> (RFC 8693), <c>jwt-bearer</c> (RFC 7523), <c>saml2-bearer</c> (RFC 7522; signatures are not
    /// checked) and <c>device_code</c> (RFC 8628), beside those in <see cref="OAuth2TestServerOptions.CustomGrants"/>.
    /// </summary>
    public ISet<string> GrantTypes { get; } = new HashSet<string>(StringComparer.Ordinal) { "client_credentials", "password", "refresh_token" };

    /// <summary>The scopes the client may get; others are dropped from the grant without an error. Empty, the default, allows any.</summary>
    public ISet<string> Scopes { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Claims that the client's JWTs hold beside or instead of the usual ones, those of its users too. Default: none.</summary>
    public JsonObject Claims { get; } = [];

    /// <summary>Which environment the client's tokens are good for. Default: <see cref="KeyType.Production"/>.</summary>
    public KeyType KeyType { get; set; }

    /// <summary>Whether the client's application is subscribed to the API; if not, the gateway answers 403 with code 900908. Default: <see langword="true"/>.</summary>
    public bool Subscribed { get; set; } = true;

    /// <summary>Whether the client is blocked: the token endpoint answers <c>invalid_client</c> and the gateway 403 with code 900805. Default: <see langword="false"/>.</summary>
    public bool Blocked { get; set; }

    internal IEnumerable<string> Secrets => ((string?[])[ClientSecret, SecondaryClientSecret]).OfType<string>();
}
