namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>A grant beside those of client, user and refresh token: finds out whom a token is for, or why none is.</summary>
internal interface IGrant
{
    OAuthError? Check(GrantRequest request, out Grant? grant);
}
