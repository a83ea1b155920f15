namespace OAuthClient.Grants;

/// <summary>RFC 6749 §6. Sends no scope, which asks for the scope that was granted at first.</summary>
internal sealed class RefreshTokenGrant(string refreshToken) : Grant
{
    public const string FieldName = "refresh_token";

    public override string GrantType => GrantTypes.RefreshToken;

    public override void WriteFields(TokenForm form) => form.Add(FieldName, refreshToken);
}
