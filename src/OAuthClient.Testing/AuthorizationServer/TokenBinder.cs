using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.DPoP;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Finds out what the tokens of a request are to be bound to.</summary>
internal sealed class TokenBinder(OAuth2TestServerOptions options, CertificateVerifier certificates)
{
    private readonly ProofVerifier _proofs = new(options.TimeProvider);

    public OAuthError? Bind(HttpContext context, TestClient client, out Confirmation? confirmation)
    {
        confirmation = null;
        string? thumbprint = null;
        if ((certificates.Bind(context, client, out var hash) ?? BindToKey(context, client, out thumbprint)) is { } error)
            return error;
        if ((thumbprint ?? hash) is not null)
            confirmation = new Confirmation(thumbprint, hash);
        return null;
    }

    private OAuthError? BindToKey(HttpContext context, TestClient client, out string? thumbprint)
    {
        thumbprint = null;
        if (context.Request.Headers["DPoP"].Count is 0)
            return client.RequireDPoP ? OAuthError.InvalidRequest($"The client '{client.ClientId}' must send a DPoP proof; the DPoP header is missing.").By("dpop.missing") : null;
        string? nonce = null;
        if (options.TokenEndpointNonces)
            context.Response.Headers["DPoP-Nonce"] = nonce = options.Nonces.Token;
        return _proofs.Verify(context.Request, nonce, accessToken: null, out thumbprint) is { } refusal
            ? new OAuthError(400, refusal.Error, refusal.Description).By(refusal.Check)
            : null;
    }
}
