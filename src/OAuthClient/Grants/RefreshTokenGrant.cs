namespace OAuthClient.Grants;

// RFC 6749 §6. Sends no scope of its own, which asks for the scope that was granted at first.
internal sealed class RefreshTokenGrant(string refreshToken) : Grant
{
    public const string FieldName = "refresh_token";

    public override string GrantType => GrantTypes.RefreshToken;

    public override TokenForm WriteFields(TokenForm form) => form.Add(FieldName, refreshToken);
}
