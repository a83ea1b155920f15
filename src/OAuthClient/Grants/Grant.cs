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
