using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer.Grants;

namespace OAuthClient.Testing.AuthorizationServer.Login;

/// <summary>The authorization endpoint of one issuer (RFC 6749 section 4.1.1), for clients that show the login themselves: <c>response_mode=direct</c>, and no redirect.</summary>
internal sealed class AuthorizationEndpoint(OAuth2TestServerOptions options, FrozenDictionary<string, TestClient> clients, Logins logins)
{
    public async Task HandleAsync(HttpContext context)
    {
        var (form, error) = await RequestForm.ReadAsync(context.Request, options).ConfigureAwait(false);
        LoginFlow? flow = null;
        error ??= Begin(form, out flow);
        await (error is null ? LoginAnswer.PromptAsync(context.Response, flow!, failed: false) : LoginAnswer.RefuseAsync(context.Response, error, options)).ConfigureAwait(false);
    }

    private OAuthError? Begin(Dictionary<string, string> form, out LoginFlow? flow)
    {
        flow = null;
        if (Array.Find(["client_id", "response_type", "response_mode", "redirect_uri", "code_challenge", "code_challenge_method"], name => Value(name).Length is 0) is { } missing)
            return GrantRequest.Missing(missing);
        if (!clients.TryGetValue(Value("client_id"), out var client) || client.Blocked)
            return new OAuthError(400, "unauthorized_client", $"The client '{Value("client_id")}' is unknown or blocked.");
        if (!client.GrantTypes.Contains(BuiltInGrants.AuthorizationCode))
            return new OAuthError(400, "unauthorized_client", $"The client '{client.ClientId}' may not use the grant '{BuiltInGrants.AuthorizationCode}'.");
        if (Value("response_type") is not "code")
            return new OAuthError(400, "unsupported_response_type", "The response_type must be 'code'.");
        if (Value("response_mode") is not "direct")
            return OAuthError.InvalidRequest("The response_mode must be 'direct'; the server has no login pages.");
        if (!GrantRequest.IsTarget(Value("redirect_uri")))
            return OAuthError.InvalidRequest("The redirect_uri is no absolute URI without a fragment (RFC 6749 section 3.1.2).");
        if (Value("code_challenge_method") is not "S256")
            return OAuthError.InvalidRequest("The code_challenge_method must be 'S256' (RFC 7636 section 4.2).");
        // 32 bytes of a hash.
        if (Value("code_challenge") is not { Length: 43 } challenge || !Characters.AreBase64Url(challenge))
            return OAuthError.InvalidRequest("The code_challenge is no SHA-256 in base64url without padding (RFC 7636 section 4.2).");
        if (ScopePolicy.Grant(options, client, ScopePolicy.Read(form), out var scopes) is { } refusal)
            return refusal;
        flow = logins.Begin(client, Value("redirect_uri"), scopes!, challenge, form.GetValueOrDefault("state"));
        return null;

        string Value(string name) => form.GetValueOrDefault(name, "");
    }
}
