namespace OAuthClient.Grants;

/// <summary>RFC 6749 §4.3.</summary>
internal sealed class PasswordGrant(string username, string password) : Grant
{
    public override string GrantType => GrantTypes.Password;

    public override void WriteFields(TokenForm form)
    {
        form.Add("username", username);
        form.Add("password", password);
    }
}
