namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>Access tokens of this server, of whichever issuer, that come back to it as the proof of something.</summary>
internal sealed class PresentedTokens(TokenStore tokens, TimeProvider timeProvider)
{
    /// <summary>Finds a token; what is wrong with it, or <see langword="null"/> when it is good.</summary>
    public string? Find(string value, out IssuedToken? token)
    {
        token = tokens.Find(value);
        return token switch
        {
            null => "is no access token of this server",
            { Revoked: true } => "is revoked",
            _ => token.IsLive(timeProvider.GetUtcNow()) ? null : "has expired",
        };
    }
}
