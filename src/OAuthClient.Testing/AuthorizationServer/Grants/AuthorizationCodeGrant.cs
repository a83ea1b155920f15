using OAuthClient.Testing.AuthorizationServer.Login;

namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>The code of a login (RFC 6749 section 4.1.3), with the proof of whoever began it (RFC 7636).</summary>
internal sealed class AuthorizationCodeGrant(Logins logins) : IGrant
{
    public OAuthError? Check(GrantRequest request, out Grant? grant)
    {
        grant = null;
        if (request["code"] is not { } value)
            return GrantRequest.Missing("code");
        if (request["redirect_uri"] is not { } redirectUri)
            return GrantRequest.Missing("redirect_uri");
        if (request["code_verifier"] is not { } verifier)
            return GrantRequest.Missing("code_verifier");
        if (verifier.Length is < 43 or > 128 || !Characters.AreUnreserved(verifier))
            return OAuthError.InvalidRequest("The code_verifier is not 43 to 128 of the characters that RFC 7636 section 4.1 has.");
        if (logins.Redeem(value, request.Client, redirectUri, verifier, out var code) is { } refusal)
            return refusal;
        grant = new Grant(code!.Authorization!) { Scopes = code.Login.Scopes, WithRefreshToken = true };
        return null;
    }
}
