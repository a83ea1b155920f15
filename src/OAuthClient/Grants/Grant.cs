namespace OAuthClient.Grants;

/// <summary>What a grant adds to the form of a token request.</summary>
internal abstract class Grant
{
    /// <summary>The wire value of <c>grant_type</c>.</summary>
    public abstract string GrantType { get; }

    /// <summary>False for a grant that can always be made anew without a user, and so ignores refresh tokens.</summary>
    public virtual bool UsesRefreshTokens => true;

    /// <summary>True where the client's parameters are what the grant consists of, so that a refresh goes without them.</summary>
    public virtual bool OwnsParameters => false;

    /// <summary>Adds the grant's own fields, <c>grant_type</c> apart.</summary>
    public virtual void WriteFields(TokenForm form)
    {
    }

    /// <summary>The grant that the options describe; null for a bare refresh token, which has nothing to fall back to.</summary>
    public static Grant? Create(OAuth2ClientOptions options) => options.GrantType switch
    {
        GrantTypes.ClientCredentials => new ClientCredentialsGrant(),
        GrantTypes.Password => new PasswordGrant(options.Username ?? "", options.Password ?? ""),
        GrantTypes.RefreshToken => null,
        var other => new ExtensionGrant(other),
    };
}
