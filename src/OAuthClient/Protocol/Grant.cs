using FieldNames = Duende.IdentityModel.OidcConstants.TokenRequest;

namespace OAuthClient.Protocol;

// What a grant adds to a token request.
internal abstract class Grant
{
    public abstract string GrantType { get; }
    public virtual bool UsesRefreshTokens => true; // False for a grant that can always be made anew without a user, and so ignores refresh tokens.
    public virtual bool OwnsParameters => false; // True where the client's parameters are what the grant consists of, so that a refresh goes without them.
    public virtual IEnumerable<KeyValuePair<string, string>> Fields => []; // The grant's own form fields, grant_type apart.

    // The grant that the settings describe; null for a bare refresh token, which has nothing to fall back to.
    public static Grant? Create(ClientSettings client) => client.GrantType switch
    {
        GrantTypes.ClientCredentials => new ClientCredentialsGrant(),
        GrantTypes.Password => new PasswordGrant(client.Username ?? "", client.Password ?? ""),
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
    public override IEnumerable<KeyValuePair<string, string>> Fields => [new(FieldNames.UserName, username), new(FieldNames.Password, password)];
}

// RFC 6749 §6. Sends no scope of its own, which asks for the scope that was granted at first.
internal sealed class RefreshTokenGrant(string refreshToken) : Grant
{
    public override string GrantType => GrantTypes.RefreshToken;
    public override IEnumerable<KeyValuePair<string, string>> Fields => [new(FieldNames.RefreshToken, refreshToken)];
}

// RFC 6749 §4.5: any other grant, made of the client's parameters.
internal sealed class ExtensionGrant(string grantType) : Grant
{
    public override string GrantType => grantType;
    public override bool OwnsParameters => true;
}
