namespace OAuthClient.Grants;

// RFC 6749 §4.4: the client's authentication is all there is.
internal sealed class ClientCredentialsGrant : Grant
{
    public override string GrantType => GrantTypes.ClientCredentials;
    public override bool UsesRefreshTokens => false;
}
