namespace OAuthClient;

/// <summary>How the client proves to the token endpoint who it is (RFC 6749 §2.3).</summary>
/// <remarks>In configuration the registered wire values bind too: <c>client_secret_basic</c>, <c>client_secret_post</c>, <c>none</c>.</remarks>
public enum ClientAuthenticationMethod
{
    /// <summary>Client id and secret in an <c>Authorization: Basic</c> header (RFC 6749 §2.3.1).</summary>
    ClientSecretBasic,

    /// <summary>Client id and secret as form fields of the request's body (RFC 6749 §2.3.1).</summary>
    ClientSecretPost,

    /// <summary>A public client: the client id alone, as a form field (RFC 6749 §2.1).</summary>
    None,
}
