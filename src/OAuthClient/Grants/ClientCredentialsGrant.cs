namespace OAuthClient.Grants;

/// <summary>RFC 6749 §4.4: the client's authentication is all there is.</summary>
internal sealed class ClientCredentialsGrant : Grant
{
    public override string GrantType => GrantTypes.ClientCredentials;

    public override bool UsesRefreshTokens => false;
}
