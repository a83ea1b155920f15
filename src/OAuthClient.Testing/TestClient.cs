using System.Text.Json.Nodes;

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

    /// <summary>The public key (PEM, EC or RSA) that <c>private_key_jwt</c> assertions are checked with; <see langword="null"/> (the default) refuses them.</summary>
    public string? PublicKeyPem { get; set; }

    /// <summary>
    /// The authentication methods that are accepted, by their wire names: <c>client_secret_basic</c>, <c>client_secret_post</c>,
    /// <c>private_key_jwt</c>, <c>none</c>. Empty, the default, accepts each that the client has a credential for.
    /// </summary>
    public ISet<string> AuthenticationMethods { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The grants the client may use. Default: <c>client_credentials</c>, <c>password</c>, <c>refresh_token</c>; without the last, no refresh tokens are issued.</summary>
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
}
