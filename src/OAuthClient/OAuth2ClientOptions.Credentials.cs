using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient;

/// <content>What a client proves itself with where it shares no secret, or two of them, with the server.</content>
public sealed partial class OAuth2ClientOptions
{
    /// <summary>A second client secret, for the time in which one replaces the other: tried once where the server answers <c>invalid_client</c> to the first, and used from then on until it is refused.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? SecondaryClientSecret { get; set; }

    /// <summary>A file that holds the second client secret; read again for every token request that needs it.</summary>
    public string? SecondaryClientSecretFile { get; set; }

    /// <summary>The private key that signs client assertions (RFC 7523 §2.2): PEM, a JWK (RFC 7517), or a PFX in base64.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? PrivateKey { get; set; }

    /// <summary>A file that holds the private key: PEM (PKCS#8, PKCS#1 or SEC1, encrypted or not), PFX or JWK; read again when it changes.</summary>
    public string? PrivateKeyFile { get; set; }

    /// <summary>A callback that returns the private key as <see cref="PrivateKey"/> would hold it, called for every token request. Not bound from configuration.</summary>
    public Func<CancellationToken, ValueTask<string>>? PrivateKeyCallback { get; set; }

    /// <summary>The password of an encrypted PEM or a PFX. Default: none.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? PrivateKeyPassword { get; set; }

    /// <summary>The <c>kid</c> in the header of assertions (RFC 7515 §4.1.4). Default: the JWK's, else the key's thumbprint (RFC 7638).</summary>
    public string? PrivateKeyId { get; set; }

    /// <summary>The algorithm that assertions are signed with: <c>RS256</c>, <c>PS256</c>, <c>ES256</c>, <c>ES384</c>, or <c>HS256</c> with the client secret. Default: by the key RS256, ES256 or ES384.</summary>
    public string? ClientAssertionAlgorithm { get; set; }

    /// <summary>The <c>aud</c> of assertions. Default: the issuer where it is known, else the token endpoint.</summary>
    public string? ClientAssertionAudience { get; set; }

    /// <summary>The wire value of <c>client_assertion_type</c>. Default: <c>urn:ietf:params:oauth:client-assertion-type:jwt-bearer</c> (RFC 7523 §2.2); SPIFFE has its own.</summary>
    public string ClientAssertionType { get; set; } = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// <summary>The <c>typ</c> in the header of assertions. Default: <c>client-authentication+jwt</c>; <c>JWT</c> for a server that takes no other.</summary>
    public string ClientAssertionHeaderType { get; set; } = "client-authentication+jwt";

    /// <summary>A file with a finished assertion that the platform writes, such as a projected Kubernetes token or <c>AZURE_FEDERATED_TOKEN_FILE</c>; read again for every token request.</summary>
    public string? ClientAssertionFile { get; set; }

    /// <summary>A callback that returns a finished assertion, called for every token request. Not bound from configuration.</summary>
    public Func<CancellationToken, ValueTask<string>>? ClientAssertionCallback { get; set; }

    /// <summary>
    /// A file with the client certificate that connections to the authorization server and the API present (RFC 8705): PFX, or PEM; read again when it
    /// changes, for the connections that are made from then on.
    /// </summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>A file with the certificate's private key in PEM, where <see cref="ClientCertificateFile"/> holds none.</summary>
    public string? ClientCertificateKeyFile { get; set; }

    /// <summary>The password of the PFX, or of the encrypted key. Default: none.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ClientCertificatePassword { get; set; }

    /// <summary>A callback that returns the client certificate with its private key, called for every token request. Not bound from configuration.</summary>
    public Func<CancellationToken, ValueTask<X509Certificate2>>? ClientCertificateCallback { get; set; }

    /// <summary>Binds tokens to a key that this process alone has (DPoP, RFC 9449): every request to the token endpoint and to the API carries a proof signed with it. Default: false.</summary>
    public bool DPoP { get; set; }

    /// <summary>A file with the key of the proofs, a P-256 key in PEM or as a JWK; read once. Default: a key made for this client when it is first used.</summary>
    public string? DPoPKeyFile { get; set; }

    /// <summary>Takes a bearer token where the server binds none to the key (RFC 9449 §5). Default: false, which makes that an error.</summary>
    public bool DPoPAllowBearer { get; set; }
}
