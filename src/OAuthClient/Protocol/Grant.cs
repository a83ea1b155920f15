using FieldNames = Duende.IdentityModel.OidcConstants.TokenRequest;

namespace OAuthClient.Protocol;

// What a grant adds to a token request: its own form fields, grant_type apart.
internal abstract class Grant(string grantType, params KeyValuePair<string, string>[] fields)
{
    public string GrantType => grantType;
    public IEnumerable<KeyValuePair<string, string>> Fields => fields;
    public virtual bool UsesRefreshTokens => true; // False for a grant that can always be made anew without a user, and so ignores refresh tokens.
    public virtual bool OwnsParameters => false; // True where the client's parameters are what the grant consists of, so that a refresh goes without them.
    public virtual IEnumerable<string?> Identity => []; // What tells it from another in a token's key, its fields apart.
    public virtual IEnumerable<string?> Version => []; // The same in this process alone: one callback from another of the same client.

    // The grant with the fields that it has now. Throws SecretException: One of them cannot be had.
    public virtual ValueTask<Grant> FillAsync(TokenSpec spec, bool async, CancellationToken deadline) => new(this);

    // The grant that the settings describe; null for a bare refresh token, which has nothing to fall back to.
    public static Grant? Create(ClientSettings client) => client.GrantType switch
    {
        GrantTypes.ClientCredentials => new ClientCredentialsGrant(),
        GrantTypes.Password => new PasswordGrant(client.Username ?? "", client.Password ?? ""),
        GrantTypes.RefreshToken or GrantTypes.DeviceCode or GrantTypes.AuthorizationCode => null,
        GrantTypes.TokenExchange or GrantTypes.JwtBearer or GrantTypes.SamlBearer or GrantTypes.OrganizationSwitch => new ExchangeGrant(client),
        var other => new ExtensionGrant(other),
    };
}

// RFC 6749 §4.4: the client's authentication is all there is.
internal sealed class ClientCredentialsGrant() : Grant(GrantTypes.ClientCredentials)
{
    public override bool UsesRefreshTokens => false;
}

// RFC 6749 §4.3.
internal sealed class PasswordGrant(string username, string password) : Grant(GrantTypes.Password, new(FieldNames.UserName, username), new(FieldNames.Password, password));

// RFC 6749 §6. Sends no scope of its own, which asks for the scope that was granted at first.
internal sealed class RefreshTokenGrant(string refreshToken) : Grant(GrantTypes.RefreshToken, new KeyValuePair<string, string>(FieldNames.RefreshToken, refreshToken));

// RFC 6749 §4.5: any other grant, made of the client's parameters.
internal sealed class ExtensionGrant(string grantType) : Grant(grantType)
{
    public override bool OwnsParameters => true;
}

// What is exchanged for a token, from the client's settings, the call or the parameters: RFC 8693 §2.1, RFC 7523 §2.1, RFC 7522 §2.1, and the switch
// of organizations at WSO2's servers.
internal sealed class ExchangeGrant(ClientSettings client, params KeyValuePair<string, string>[] fields) : Grant(client.GrantType, fields)
{
    public override bool OwnsParameters => !Sources.Any();
    public override IEnumerable<string?> Identity => [.. new[] { client.SubjectToken, client.ActorToken, client.Assertion }.SelectMany(source => source?.Identity ?? ["none"]), client.SubjectTokenType, client.ActorTokenType, client.RequestedTokenType, client.SwitchingOrganization];

    public override IEnumerable<string?> Version => Sources.Select(source => source.Version);

    private IEnumerable<SecretSource> Sources => new[] { client.SubjectToken, client.ActorToken, client.Assertion }.OfType<SecretSource>();

    public override async ValueTask<Grant> FillAsync(TokenSpec spec, bool async, CancellationToken deadline)
    {
        var filled = new List<KeyValuePair<string, string>>();
        switch (client.GrantType)
        {
            case GrantTypes.TokenExchange:
                await AddAsync(nameof(client.SubjectToken), FieldNames.SubjectToken, spec.SubjectToken, client.SubjectToken, true, FieldNames.SubjectTokenType, client.SubjectTokenType).ConfigureAwait(false);
                await AddAsync(nameof(client.ActorToken), FieldNames.ActorToken, spec.ActorToken, client.ActorToken, false, FieldNames.ActorTokenType, client.ActorTokenType).ConfigureAwait(false);
                Add(FieldNames.RequestedTokenType, client.RequestedTokenType);
                break;
            case GrantTypes.OrganizationSwitch:
                await AddAsync(nameof(client.SubjectToken), "token", spec.SubjectToken, client.SubjectToken, true).ConfigureAwait(false);
                Add("switching_organization", client.SwitchingOrganization);
                break;
            default:
                await AddAsync(nameof(client.Assertion), FieldNames.Assertion, spec.Assertion, client.Assertion, true).ConfigureAwait(false);
                break;
        }

        return new ExchangeGrant(client, [.. filled]);

        async ValueTask AddAsync(string setting, string name, string? ofCall, SecretSource? source, bool isNeeded, string? typeName = null, string? type = null)
        {
            if (ofCall is not null && spec.Parameters.ContainsKey(name))
                throw new SecretException(setting, new InvalidOperationException($"the call brings it, and Parameters holds '{name}' too"));
            var value = ofCall ?? (source is null ? null : await source.ReadAsync(async, deadline).ConfigureAwait(false));
            if (value is null && isNeeded && !spec.Parameters.ContainsKey(name))
                throw new SecretException(setting, new InvalidOperationException($"{setting} is not set, and the call brings none"));
            Add(name, value);
            Add(typeName, value is null ? null : type);
        }

        void Add(string? name, string? value)
        {
            if (name is not null && value is not null && !spec.Parameters.ContainsKey(name))
                filled.Add(new(name, value));
        }
    }
}
