using Duende.IdentityModel.Client;
using FieldNames = Duende.IdentityModel.OidcConstants.TokenRequest;

namespace OAuthClient.Protocol;

// What one cached token is asked for with (RFC 6749 §4): the client's settings and what a call overrides of them.
internal sealed class TokenSpec
{
    private int _scopesWarned;
    private int _deviceScopeWarned;

    public TokenSpec(ClientProtocol protocol, OAuth2TokenRequest? overrides)
    {
        var client = protocol.Settings;
        Protocol = protocol;
        var scopes = overrides?.Scopes ?? client.Scopes;
        Scopes = client.DeviceScope is null || scopes.Contains(client.DeviceScope) ? scopes : [.. scopes, client.DeviceScope];
        Resources = overrides?.Resources ?? client.Resources;
        Audience = overrides?.Audience ?? client.Audience;
        (SubjectToken, ActorToken, Assertion) = (overrides?.SubjectToken, overrides?.ActorToken, overrides?.Assertion);
        if ((SubjectToken is not null && client.GrantType is not (GrantTypes.TokenExchange or GrantTypes.OrganizationSwitch))
            || (ActorToken is not null && client.GrantType != GrantTypes.TokenExchange)
            || (Assertion is not null && client.GrantType is not (GrantTypes.JwtBearer or GrantTypes.SamlBearer)))
            throw new InvalidOperationException($"{client}: the call brings a token or an assertion to exchange, and GrantType '{SafeText.Shorten(client.GrantType)}' sends none. Name a client that does in ClientName.");
        Parameters = client.Parameters;
        if (overrides?.Parameters is { Count: > 0 } more)
        {
            var merged = new Dictionary<string, string>(client.Parameters, StringComparer.Ordinal);
            foreach (var (name, value) in more)
                merged[name] = ParameterNames.IsReserved(name) ? throw new InvalidOperationException($"{client}: {ParameterNames.DescribeReserved(name)}") : value;
            Parameters = merged;
        }

        Key = KeyText.Hash(hash =>
        {
            AddIdentity(hash);
            AddCredentials(hash);

            // What makes a difference to how it is asked for, to its life, or to what is taken for a token.
            hash.AddAll(protocol.Grant?.Version);
            hash.Add($"{client.RefreshBeforeExpiry} {client.DefaultTokenLifetime} {client.TokenRequestTimeout}", protocol.Authentication.Version, client.HeaderScheme, client.DeviceAuthorizationEndpoint?.OriginalString, SecretSource.VersionOf(client.DeviceCodeCallback));
        });
    }

    public ClientProtocol Protocol { get; }
    public ClientSettings Client => Protocol.Settings;
    public IReadOnlyList<string> Scopes { get; }
    public IReadOnlyList<string> Resources { get; }
    public string? Audience { get; }
    public IReadOnlyDictionary<string, string> Parameters { get; }
    public string? SubjectToken { get; }
    public string? ActorToken { get; }
    public string? Assertion { get; }

    // The refresh token that the user brought along, for clients that have nothing else.
    public string? InitialRefreshToken => Protocol.Grant is null ? Parameters.GetValueOrDefault(FieldNames.RefreshToken) : null;
    public string Key { get; } // Equal for requests whose tokens are interchangeable: two names of one application share a token, two credentials never do.

    // Equal for requests whose tokens differ by credentials and times alone.
    public string GetIdentity() => KeyText.Hash(hash =>
    {
        AddIdentity(hash);
        hash.AddAll(Protocol.Grant?.Version);
    });

    // Equal, in all instances of a program, for requests whose tokens are interchangeable. It is as good as a hash of the secrets in it, so it leaves no process as it is.
    public string GetSharedKey() => KeyText.Hash(hash =>
    {
        AddIdentity(hash);
        AddCredentials(hash);
        hash.Add(Client.HeaderScheme);
    });

    // Equal, in all instances of a program, for requests that go on with the same refresh token.
    public string GetRefreshTokenKey() => InitialRefreshToken is { } initial ? GetValueKey(new RefreshTokenGrant(initial)) : GetSharedKey();

    // Equal for requests that prove the same client, and the same user, in the same way.
    public string GetCredentials() => KeyText.Hash(AddCredentials);

    // Equal for requests that prove the same client by the same secret, whatever they ask for.
    public string GetClientKey(string? fingerprint) => KeyText.Hash(hash =>
    {
        AddServer(hash);
        hash.Add("client", fingerprint);
        hash.AddAll(Protocol.Authentication.Identity);
    });

    // Equal for requests that send the same password, refresh token or assertion, whatever they ask for.
    public string GetValueKey(Grant grant) => KeyText.Hash(hash =>
    {
        AddServer(hash);
        hash.Add("value", grant.GrantType);
        hash.AddPairs(grant.Fields);
        hash.AddPairs(grant.OwnsParameters ? Parameters : []);
    });

    public bool ShouldWarnOfScopes() => Interlocked.Exchange(ref _scopesWarned, 1) == 0;
    public bool ShouldWarnOfDeviceScope() => Interlocked.Exchange(ref _deviceScopeWarned, 1) == 0;

    public ProtocolRequest CreateRequest(Grant grant)
    {
        Parameters form = [new(FieldNames.GrantType, grant.GrantType), .. grant.Fields];
        var isRefresh = grant is RefreshTokenGrant;

        // The refresh token that a grant of ours has brought asks for what was granted at first.
        if (!isRefresh || Protocol is { Grant: null, SignIn: null })
        {
            if (Scopes.Count > 0)
                form.Add(FieldNames.Scope, string.Join(' ', Scopes));
            if (Audience is not null)
                form.Add(FieldNames.Audience, Audience);
            foreach (var resource in Resources)
                form.Add(FieldNames.Resource, resource);
        }

        if (Client.TokenBindingId is not null)
            form.Add("tokenBindingId", Client.TokenBindingId);
        foreach (var (name, value) in Parameters)
        {
            if (!isRefresh || (Protocol.Grant is not { OwnsParameters: true } && name != FieldNames.RefreshToken))
                form.Add(new(name, value));
        }

        return new ProtocolRequest { Parameters = form };
    }

    private void AddIdentity(KeyText hash)
    {
        AddServer(hash);

        // A client that insists on all scopes must not get a lesser token by way of one that does not. Nor may one whose endpoint is
        // looked up or resolved, and who takes https alone, get a token that came over plain http.
        hash.Add(Client.GrantType, Client.Username, Client.AgentId, Client.RedirectUri, Client.DPoPAllowBearer ? "bearer" : null, Audience, Client.RequireAllScopes ? "all" : null, Client.AllowInsecureHttp && (Client.Issuer is not null || Origin.IsLogical(Client.TokenEndpoint!)) ? "http" : null);
        hash.AddAll(Scopes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        hash.AddAll(Resources.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        hash.AddPairs(Parameters);
        hash.Add(SubjectToken, ActorToken, Assertion, Client.TokenBindingId, Protocol.Prover?.Thumbprint);
        hash.AddAll(Protocol.Grant?.Identity);
    }

    private void AddCredentials(KeyText hash)
    {
        hash.AddAll(Protocol.Authentication.Identity);
        hash.AddPairs(Protocol.Grant?.Fields ?? []);
        hash.AddAll(Protocol.SignIn?.Identity);
    }

    private void AddServer(KeyText hash) => hash.Add(Client.TokenEndpoint?.AbsoluteUri, Client.Issuer?.AbsoluteUri, Client.ClientId);
}
