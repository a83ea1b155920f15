namespace OAuthClient;

/// <summary>How the client proves to the token endpoint who it is (RFC 6749 §2.3).</summary>
/// <remarks>In configuration the registered wire values bind too: <c>client_secret_basic</c>, <c>private_key_jwt</c> and so on.</remarks>
public enum ClientAuthenticationMethod
{
    /// <summary>Client id and secret in an <c>Authorization: Basic</c> header (RFC 6749 §2.3.1).</summary>
    ClientSecretBasic,

    /// <summary>Client id and secret as form fields of the request's body (RFC 6749 §2.3.1).</summary>
    ClientSecretPost,

    /// <summary>A public client: the client id alone, as a form field (RFC 6749 §2.1).</summary>
    None,

    /// <summary>An assertion signed with the client's private key, or one that the platform has written (RFC 7523 §2.2).</summary>
    PrivateKeyJwt,

    /// <summary>An assertion signed with the client secret (OpenID Connect Core 1.0 §9).</summary>
    ClientSecretJwt,

    /// <summary>The client's certificate, issued by a CA that the server trusts (RFC 8705 §2.1).</summary>
    TlsClientAuth,

    /// <summary>The client's certificate, signed by itself and registered with the server (RFC 8705 §2.2).</summary>
    SelfSignedTlsClientAuth,
}
