namespace OAuthClient.Grants;

// RFC 6749 §4.5: any other grant, made of the client's parameters.
internal sealed class ExtensionGrant(string grantType) : Grant
{
    public override string GrantType => grantType;
    public override bool OwnsParameters => true;
}
