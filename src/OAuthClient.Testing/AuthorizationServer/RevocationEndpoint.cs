using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>The revocation endpoint of one issuer (RFC 7009): 200 for tokens that nobody knows, too.</summary>
internal sealed class RevocationEndpoint(OAuth2TestServerOptions options, TestIssuer issuer, ClientAuthenticator authenticator, TokenStore tokens)
{
    public async Task HandleAsync(HttpContext context)
    {
        var (form, error) = await RequestForm.ReadAsync(context.Request, options).ConfigureAwait(false);
        error ??= authenticator.Authenticate(context.Request, form, out var client) ?? Revoke(form, client!);
        if (error is not null)
            await error.WriteAsync(context.Response, options).ConfigureAwait(false);
    }

    private OAuthError? Revoke(Dictionary<string, string> form, TestClient client)
    {
        if (form.GetValueOrDefault("token") is not { Length: > 0 } token)
            return OAuthError.InvalidRequest("The parameter 'token' is missing or empty.");
        if (tokens.FindAuthorization(token) is not { } authorization || authorization.Issuer != issuer)
            return null;
        if (authorization.Client != client)
            return new OAuthError(400, "unauthorized_client", $"The token was not issued to the client '{client.ClientId}'.");
        tokens.Revoke(token);
        return null;
    }
}
