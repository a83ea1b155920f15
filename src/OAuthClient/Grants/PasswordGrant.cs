namespace OAuthClient.Grants;

// RFC 6749 §4.3.
internal sealed class PasswordGrant(string username, string password) : Grant
{
    public override string GrantType => GrantTypes.Password;

    public override TokenForm WriteFields(TokenForm form) => form.Add("username", username).Add("password", password);
}
