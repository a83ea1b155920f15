using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.Hosting;
using OAuthClient.Testing.Jwt;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>The documents that describe the authorization server: metadata (OpenID Connect Discovery) and keys.</summary>
internal sealed class Discovery(Func<OAuth2TestServer> server, JwtSigner signer)
{
    public Task WriteMetadataAsync(HttpContext context) => JsonAnswer.WriteAsync(context.Response, 200, server(), static (writer, server) =>
    {
        writer.WriteStartObject();
        writer.WriteString("issuer", server.Issuer.AbsoluteUri);
        writer.WriteString("token_endpoint", server.TokenEndpoint.AbsoluteUri);
        writer.WriteString("revocation_endpoint", server.RevocationEndpoint.AbsoluteUri);
        writer.WriteString("jwks_uri", server.JwksUri.AbsoluteUri);
        WriteList(writer, "grant_types_supported", server.Options.CustomGrants.Keys.Prepend("refresh_token").Prepend("password").Prepend("client_credentials"));
        WriteList(writer, "token_endpoint_auth_methods_supported", ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]);
        WriteList(writer, "token_endpoint_auth_signing_alg_values_supported", ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
        WriteList(writer, "response_types_supported", []);
        WriteList(writer, "subject_types_supported", ["public"]);
        WriteList(writer, "id_token_signing_alg_values_supported", ["ES256"]);
        writer.WriteEndObject();
    });

    public Task WriteKeysAsync(HttpContext context) => JsonAnswer.WriteAsync(context.Response, 200, signer, static (writer, signer) => signer.WriteKeySet(writer));

    private static void WriteList(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
