using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer;
using OAuthClient.Testing.DPoP;

namespace OAuthClient.Testing.Gateway;

/// <summary>Refuses tokens that come without what they are bound to.</summary>
internal sealed class BindingCheck(OAuth2TestServerOptions options, TimeProvider timeProvider)
{
    private readonly ProofVerifier _proofs = new(timeProvider);

    public GatewayError? Refuse(HttpContext context, IssuedToken token, bool asDPoP)
    {
        var bound = token.Confirmation;
        if (bound?.KeyThumbprint is not null != asDPoP)
        {
            var description = asDPoP ? "The access token is bound to no key and not for the scheme DPoP" : "The access token is bound to a key and for the scheme DPoP alone";
            return GatewayError.OfBinding("invalid_token", description, "dpop.scheme") with { OverDPoP = true };
        }

        if (bound?.CertificateHash is { } hash && CertificateVerifier.HashOf(context.Connection.ClientCertificate) != hash)
            return GatewayError.OfBinding("invalid_token", "The access token is bound to another certificate than that of the connection, or the connection has none", "certificate.binding");
        return asDPoP ? CheckProof(context, token) : null;
    }

    private GatewayError? CheckProof(HttpContext context, IssuedToken token)
    {
        string? nonce = null;
        if (options.ApiNonces)
            context.Response.Headers["DPoP-Nonce"] = nonce = options.Nonces.Api;
        if (_proofs.Verify(context.Request, nonce, token.Value, out var thumbprint) is { } refusal)
            return GatewayError.OfBinding(refusal.Error, refusal.Description, refusal.Check);
        return thumbprint == token.Confirmation!.KeyThumbprint
            ? null
            : GatewayError.OfBinding("invalid_token", "The access token is bound to another key than that of the DPoP proof", "dpop.binding");
    }
}
