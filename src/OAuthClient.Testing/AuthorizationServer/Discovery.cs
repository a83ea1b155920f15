using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.Hosting;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>The documents that describe an issuer: metadata (RFC 8414, OpenID Connect Discovery) and keys.</summary>
internal sealed class Discovery(TestIssuer issuer, OAuth2TestServerOptions options)
{
    public Task WriteMetadataAsync(HttpContext context) => JsonAnswer.WriteAsync(context.Response, 200, (issuer, options), static (writer, state) =>
    {
        var (issuer, options) = state;
        writer.WriteStartObject();
        writer.WriteString("issuer", issuer.Issuer.AbsoluteUri);
        writer.WriteString("token_endpoint", issuer.TokenEndpoint.AbsoluteUri);
        writer.WriteString("revocation_endpoint", issuer.RevocationEndpoint.AbsoluteUri);
        writer.WriteString("jwks_uri", issuer.JwksUri.AbsoluteUri);
        WriteList(writer, "grant_types_supported", options.CustomGrants.Keys.Prepend("refresh_token").Prepend("password").Prepend("client_credentials"));
        foreach (var endpoint in (string[])["token_endpoint", "revocation_endpoint"])
        {
            WriteList(writer, $"{endpoint}_auth_methods_supported", ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]);
            WriteList(writer, $"{endpoint}_auth_signing_alg_values_supported", ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
        }

        WriteList(writer, "response_types_supported", []);
        WriteList(writer, "subject_types_supported", ["public"]);
        WriteList(writer, "id_token_signing_alg_values_supported", ["ES256"]);
        writer.WriteEndObject();
    });

    public Task WriteKeysAsync(HttpContext context) => JsonAnswer.WriteAsync(context.Response, 200, issuer.Signer, static (writer, signer) => signer.WriteKeySet(writer));

    private static void WriteList(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
