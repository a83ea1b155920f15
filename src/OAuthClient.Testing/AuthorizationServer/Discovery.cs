using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer.Grants;
using OAuthClient.Testing.DPoP;
using OAuthClient.Testing.Hosting;
using OAuthClient.Testing.Jwt;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>The documents that describe an issuer: metadata (RFC 8414, OpenID Connect Discovery) and keys.</summary>
internal sealed class Discovery(TestIssuer issuer, OAuth2TestServerOptions options)
{
    public Task WriteMetadataAsync(HttpContext context) => JsonAnswer.WriteAsync(context.Response, 200, GrantTypes(), (writer, grants) =>
    {
        writer.WriteStartObject();
        writer.WriteString("issuer", issuer.Issuer.AbsoluteUri);
        writer.WriteString("token_endpoint", issuer.TokenEndpoint.AbsoluteUri);
        writer.WriteString("revocation_endpoint", issuer.RevocationEndpoint.AbsoluteUri);
        writer.WriteString("introspection_endpoint", issuer.IntrospectionEndpoint.AbsoluteUri);
        writer.WriteString("device_authorization_endpoint", issuer.DeviceAuthorizationEndpoint.AbsoluteUri);
        writer.WriteString("authorization_endpoint", issuer.AuthorizationEndpoint.AbsoluteUri);
        writer.WriteString("jwks_uri", issuer.JwksUri.AbsoluteUri);
        WriteList(writer, "grant_types_supported", grants);
        foreach (var endpoint in (string[])["token_endpoint", "revocation_endpoint", "introspection_endpoint"])
        {
            string[] methods = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "none"];
            WriteList(writer, $"{endpoint}_auth_methods_supported", methods.Where(m => m is not "none" || endpoint is not "introspection_endpoint"));
            WriteList(writer, $"{endpoint}_auth_signing_alg_values_supported", ParsedJwt.KeyPairAlgorithms.Concat(["HS256", "HS384", "HS512"]));
        }

        WriteList(writer, "dpop_signing_alg_values_supported", ProofVerifier.Algorithms);
        if (issuer.Clients.Any(static c => c.BindTokensToCertificate))
            writer.WriteBoolean("tls_client_certificate_bound_access_tokens", true);
        if (options.MtlsAliases)
        {
            writer.WriteStartObject("mtls_endpoint_aliases");
            writer.WriteString("token_endpoint", TestIssuer.MtlsAlias(issuer.TokenEndpoint).AbsoluteUri);
            writer.WriteString("revocation_endpoint", TestIssuer.MtlsAlias(issuer.RevocationEndpoint).AbsoluteUri);
            writer.WriteString("introspection_endpoint", TestIssuer.MtlsAlias(issuer.IntrospectionEndpoint).AbsoluteUri);
            writer.WriteString("device_authorization_endpoint", TestIssuer.MtlsAlias(issuer.DeviceAuthorizationEndpoint).AbsoluteUri);
            writer.WriteEndObject();
        }

        var hasCode = grants.Contains(BuiltInGrants.AuthorizationCode);
        WriteList(writer, "response_types_supported", hasCode ? ["code"] : []);
        if (hasCode)
        {
            WriteList(writer, "response_modes_supported", ["direct"]);
            WriteList(writer, "code_challenge_methods_supported", ["S256"]);
        }

        WriteList(writer, "subject_types_supported", ["public"]);
        WriteList(writer, "id_token_signing_alg_values_supported", ["ES256"]);
        writer.WriteEndObject();
    });

    public Task WriteKeysAsync(HttpContext context) => JsonAnswer.WriteAsync(context.Response, 200, issuer.Signer, static (writer, signer) => signer.WriteKeySet(writer));

    /// <summary>What some client of the issuer may use, and the test's own.</summary>
    private string[] GrantTypes() =>
        [.. BuiltInGrants.Names.Where(g => issuer.Clients.Any(c => c.GrantTypes.Contains(g))).Union(options.CustomGrants.Keys, StringComparer.Ordinal)];

    private static void WriteList(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
