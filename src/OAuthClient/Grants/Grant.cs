namespace OAuthClient.Grants;

// What a grant adds to the form of a token request.
internal abstract class Grant
{
    // The wire value of grant_type.
    public abstract string GrantType { get; }

    // False for a grant that can always be made anew without a user, and so ignores refresh tokens.
    public virtual bool UsesRefreshTokens => true;

    // True where the client's parameters are what the grant consists of, so that a refresh goes without them.
    public virtual bool OwnsParameters => false;

    // Adds the grant's own fields, grant_type apart, and returns the form.
    public virtual TokenForm WriteFields(TokenForm form) => form;

    // The grant that the options describe; null for a bare refresh token, which has nothing to fall back to.
    public static Grant? Create(OAuth2ClientOptions options) => options.GrantType switch
    {
        GrantTypes.ClientCredentials => new ClientCredentialsGrant(),
        GrantTypes.Password => new PasswordGrant(options.Username ?? "", options.Password ?? ""),
        GrantTypes.RefreshToken => null,
        var other => new ExtensionGrant(other),
    };
}

// RFC 6749 §4.4: the client's authentication is all there is.
internal sealed class ClientCredentialsGrant : Grant
{
    public override string GrantType => GrantTypes.ClientCredentials;
    public override bool UsesRefreshTokens => false;
}

// RFC 6749 §4.3.
internal sealed class PasswordGrant(string username, string password) : Grant
{
    public override string GrantType => GrantTypes.Password;

    public override TokenForm WriteFields(TokenForm form) => form.Add("username", username).Add("password", password);
}

// RFC 6749 §6. Sends no scope of its own, which asks for the scope that was granted at first.
internal sealed class RefreshTokenGrant(string refreshToken) : Grant
{
    public const string FieldName = "refresh_token";

    public override string GrantType => GrantTypes.RefreshToken;

    public override TokenForm WriteFields(TokenForm form) => form.Add(FieldName, refreshToken);
}

// RFC 6749 §4.5: any other grant, made of the client's parameters.
internal sealed class ExtensionGrant(string grantType) : Grant
{
    public override string GrantType => grantType;
    public override bool OwnsParameters => true;
}
