namespace OAuthClient.Grants;

/// <summary>The form fields of a request to the authorization server, in the order in which they are written.</summary>
internal sealed class TokenForm : List<KeyValuePair<string, string>>
{
    public void Add(string name, string value) => Add(new KeyValuePair<string, string>(name, value));
}
