using Duende.IdentityModel.Client;

namespace OAuthClient.Protocol;

// Proves the client to the token or revocation endpoint: in a header or in the form, never in both (RFC 6749 §2.3.1).
internal sealed class ClientAuthentication(ClientSettings client)
{
    private readonly bool _isBasic = client.AuthenticationMethod == ClientAuthenticationMethod.ClientSecretBasic;
    private readonly bool _isRaw = client.BasicEncoding == BasicCredentialEncoding.Raw;
    private readonly SecretSource? _secret =
        client.AuthenticationMethod is ClientAuthenticationMethod.ClientSecretBasic or ClientAuthenticationMethod.ClientSecretPost ? client.ClientSecret : null;

    public IEnumerable<string?> Identity => _secret is null ? [] : [.. _secret.Identity, _isBasic ? _isRaw ? "raw" : "basic" : "post"];
    public string? Version => _secret?.Version; // Tells one callback from another of the same client.

    public ValueTask<string?> ReadSecretAsync(CancellationToken cancellationToken) => _secret?.ReadAsync(cancellationToken) ?? default;

    public void Complete(ProtocolRequest request, string? secret)
    {
        request.ClientId = client.ClientId;
        request.ClientSecret = secret;
        request.ClientCredentialStyle = _isBasic ? ClientCredentialStyle.AuthorizationHeader : ClientCredentialStyle.PostBody;
        request.AuthorizationHeaderStyle = _isRaw ? BasicAuthenticationHeaderStyle.Rfc2617 : BasicAuthenticationHeaderStyle.Rfc6749;
        request.Prepare();
    }
}
