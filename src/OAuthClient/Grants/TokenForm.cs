namespace OAuthClient.Grants;

// The form fields of a request to the authorization server, in the order in which they are written.
internal sealed class TokenForm : List<KeyValuePair<string, string>>
{
    public TokenForm Add(string name, string value)
    {
        Add(new KeyValuePair<string, string>(name, value));
        return this;
    }
}
