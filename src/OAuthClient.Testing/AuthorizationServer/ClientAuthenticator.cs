using System.Collections.Frozen;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Finds out which client sends a request, and whether it can prove so.</summary>
internal sealed class ClientAuthenticator(OAuth2TestServerOptions options, FrozenDictionary<string, TestClient> clients, AssertionVerifier assertions)
{
    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);

    public OAuthError? Authenticate(HttpRequest request, Dictionary<string, string> form, out TestClient? client)
    {
        client = null;
        var authorization = request.Headers.Authorization.ToString();
        form.TryGetValue("client_id", out var id);
        form.TryGetValue("client_secret", out var secret);
        form.TryGetValue("client_assertion", out var assertion);
        string method;
        if (authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            if (secret is not null || assertion is not null)
                return OAuthError.InvalidRequest("The client authenticates in the header and in the body; send one of them.");
            if (!TryDecodeBasic(authorization["Basic ".Length..], out var basicId, out secret))
                return OAuthError.InvalidClient("The Basic credentials cannot be read as client id and secret.");
            if (id is not null && id != basicId)
                return OAuthError.InvalidRequest("The client_id in the body is not the one in the header.");
            (id, method) = (basicId, "client_secret_basic");
        }
        else if (authorization.Length > 0)
        {
            return OAuthError.InvalidClient("The Authorization header of a token request must be Basic.");
        }
        else if (assertion is not null)
        {
            method = "private_key_jwt";
            if (form.GetValueOrDefault("client_assertion_type") is not AssertionVerifier.AssertionType)
                return OAuthError.InvalidRequest($"The client_assertion_type must be '{AssertionVerifier.AssertionType}'.");
            var issuer = AssertionVerifier.ReadIssuer(assertion);
            if (secret is not null || (id is not null && id != issuer))
                return OAuthError.InvalidRequest("A client_assertion comes without a client_secret, and its issuer is the client_id.");
            id = issuer;
        }
        else
        {
            method = secret is null ? "none" : "client_secret_post";
        }

        if (string.IsNullOrEmpty(id) || !clients.TryGetValue(id, out client))
            return OAuthError.InvalidClient($"A valid OAuth client could not be found for client_id: {id}");
        if (client.Blocked)
            return OAuthError.InvalidClient($"The client '{id}' is blocked.");
        if (!Accepts(client, method))
            return OAuthError.InvalidClient($"The client '{id}' cannot authenticate with {method}.");
        return method switch
        {
            "none" => null,
            "private_key_jwt" => assertions.Verify(assertion!, client) is { } reason ? OAuthError.InvalidClient(reason) : null,
            _ => secret == client.ClientSecret ? null : OAuthError.InvalidClient($"The secret of client '{id}' is wrong."),
        };
    }

    private static bool Accepts(TestClient client, string method) => client.AuthenticationMethods.Count > 0
        ? client.AuthenticationMethods.Contains(method)
        : method switch
        {
            "none" => client.ClientSecret is null && client.PublicKeyPem is null,
            "private_key_jwt" => client.PublicKeyPem is not null,
            _ => client.ClientSecret is not null,
        };

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
