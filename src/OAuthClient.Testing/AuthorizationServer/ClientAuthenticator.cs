using System.Collections.Frozen;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.Jwt;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Finds out which client sends a request, and whether it can prove so.</summary>
internal sealed class ClientAuthenticator(OAuth2TestServerOptions options, FrozenDictionary<string, TestClient> clients, AssertionVerifier assertions, CertificateVerifier certificates)
{
    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);

    public OAuthError? Authenticate(HttpRequest request, Dictionary<string, string> form, out TestClient? client)
    {
        client = null;
        var authorization = request.Headers.Authorization.ToString();
        form.TryGetValue("client_id", out var id);
        form.TryGetValue("client_secret", out var secret);
        form.TryGetValue("client_assertion", out var assertionText);
        ParsedJwt? assertion = null;
        string method;
        if (authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            if (secret is not null || assertionText is not null)
                return OAuthError.InvalidRequest("The client authenticates in the header and in the body; send one of them.").By("token_request.authentication");
            if (!TryDecodeBasic(authorization["Basic ".Length..], out var basicId, out secret))
                return OAuthError.InvalidClient("The Basic credentials cannot be read as client id and secret.");
            if (id is not null && id != basicId)
                return OAuthError.InvalidRequest("The client_id in the body is not the one in the header.").By("token_request.client_id");
            (id, method) = (basicId, "client_secret_basic");
        }
        else if (authorization.Length > 0)
        {
            return OAuthError.InvalidClient("The Authorization header of a token request must be Basic.");
        }
        else if (assertionText is not null)
        {
            assertion = ParsedJwt.TryParse(assertionText);
            method = AssertionVerifier.IsOfSecret(assertion) ? "client_secret_jwt" : "private_key_jwt";
            if (CheckAssertion(assertion, secret, form, ref id) is { } error)
                return error;
        }
        else
        {
            method = secret is not null ? "client_secret_post" : (clients.GetValueOrDefault(id ?? "") is { } named ? CertificateVerifier.MethodOf(named) : null) ?? "none";
        }

        if (string.IsNullOrEmpty(id) || !clients.TryGetValue(id, out client))
        {
            var unknown = OAuthError.InvalidClient($"A valid OAuth client could not be found for client_id: {id}");
            return assertion is null ? unknown : unknown.By("client_assertion.iss");
        }

        if (client.Blocked)
            return OAuthError.InvalidClient($"The client '{id}' is blocked.");
        if (!Accepts(client, method))
        {
            var refusal = OAuthError.InvalidClient($"The client '{id}' cannot authenticate with {method}.");
            return assertion is null ? refusal : refusal.By("client_assertion.alg");
        }

        return method switch
        {
            "none" => null,
            "tls_client_auth" or "self_signed_tls_client_auth" => certificates.Authenticate(request.HttpContext, client),
            "private_key_jwt" or "client_secret_jwt" => assertions.Verify(assertion!, client),
            _ => client.Secrets.Contains(secret) ? null : OAuthError.InvalidClient($"The secret of client '{id}' is wrong."),
        };
    }

    private static bool Accepts(TestClient client, string method) => client.AuthenticationMethods.Count > 0
        ? client.AuthenticationMethods.Contains(method)
        : method switch
        {
            "none" => !client.Secrets.Any() && !HasKey(client),
            "private_key_jwt" => HasKey(client),
            "tls_client_auth" or "self_signed_tls_client_auth" => true,
            _ => client.Secrets.Any(),
        };

    private static bool HasKey(TestClient client) => client.PublicKeyPem is not null || client.AssertionIssuerPublicKeyPem is not null;

    /// <summary>Which client an assertion is of: the one that it names itself, or the form where a platform has written it.</summary>
    private OAuthError? CheckAssertion(ParsedJwt? assertion, string? secret, Dictionary<string, string> form, ref string? id)
    {
        if (secret is not null)
            return OAuthError.InvalidRequest("A client_assertion comes without a client_secret; send one of them.").By("token_request.authentication");
        if (assertion is null)
            return OAuthError.InvalidClient("The client_assertion is no JWT.").By("client_assertion.format");
        var (issuer, named) = (assertion.Claim("iss"), id);
        id ??= issuer;
        var client = clients.GetValueOrDefault(id ?? "");
        var type = client?.AssertionType ?? AssertionVerifier.JwtBearer;
        if (form.GetValueOrDefault("client_assertion_type") != type)
            return OAuthError.InvalidRequest($"The client_assertion_type must be '{type}'.").By("client_assertion.type");
        // Another client's assertion is a contradiction, a wrong iss in the client's own is for the verifier.
        return named is not null && client?.AssertionIssuer is null && issuer != named && assertion.Claim("sub") != named
            ? OAuthError.InvalidRequest("The issuer of the client_assertion is not the client_id beside it.").By("client_assertion.iss")
            : null;
    }

    private bool TryDecodeBasic(string encoded, out string id, out string secret)
    {
        id = secret = "";
        string text;
        try
        {
            text = _strictUtf8.GetString(Convert.FromBase64String(encoded.Trim()));
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            return false;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        // Taken raw, a second colon makes a third part, and these servers want two.
        if (colon < 0 || (!options.EncodedBasic && text.IndexOf(':', colon + 1) >= 0))
            return false;
        (id, secret) = (text[..colon], text[(colon + 1)..]);
        if (options.EncodedBasic)
            (id, secret) = (WebUtility.UrlDecode(id), WebUtility.UrlDecode(secret));
        return true;
    }
}
