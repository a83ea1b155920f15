namespace OAuthClient.Tokens;

// What one cached token is asked for with (RFC 6749 §4): the client's settings and what a call overrides of them.
internal sealed class AccessTokenRequest
{
    private int _scopesWarned;
    private int _deviceScopeWarned;

    public AccessTokenRequest(ClientSettings client, OAuth2TokenRequest? overrides)
    {
        Client = client;
        var scopes = overrides?.Scopes ?? client.Scopes;
        Scopes = client.DeviceScope is null || scopes.Contains(client.DeviceScope) ? scopes : [.. scopes, client.DeviceScope];
        Resources = overrides?.Resources ?? client.Resources;
        Audience = overrides?.Audience ?? client.Audience;
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
            hash.Add($"{client.RefreshBeforeExpiry} {client.DefaultTokenLifetime} {client.TokenRequestTimeout}", client.Authentication.Version, client.HeaderScheme);
        });
    }

    public ClientSettings Client { get; }
    public IReadOnlyList<string> Scopes { get; }
    public IReadOnlyList<string> Resources { get; }
    public string? Audience { get; }
    public IReadOnlyDictionary<string, string> Parameters { get; }

    // The refresh token that the user brought along, for clients that have nothing else.
    public string? InitialRefreshToken => Client.Grant is null ? Parameters.GetValueOrDefault(RefreshTokenGrant.FieldName) : null;

    // Equal for requests whose tokens are interchangeable: two names of one application share a token, two credentials never do.
    public string Key { get; }

    // Equal for requests whose tokens differ by credentials and times alone.
    public string GetIdentity() => KeyText.Hash(AddIdentity);

    // Equal for requests that prove the same client, and the same user, in the same way.
    public string GetCredentials() => KeyText.Hash(AddCredentials);

    // Equal for requests that prove the same client by the same secret, whatever they ask for.
    public string GetClientKey(string? secret) => KeyText.Hash(hash =>
    {
        AddServer(hash);
        hash.Add("client", secret);
        hash.AddAll(Client.Authentication.Identity);
    });

    // Equal for requests that send the same password, refresh token or assertion, whatever they ask for.
    public string GetValueKey(Grant grant) => KeyText.Hash(hash =>
    {
        AddServer(hash);
        hash.Add("value", grant.GrantType);
        hash.AddPairs(grant.WriteFields([]));
        hash.AddPairs(grant.OwnsParameters ? Parameters : []);
    });

    public bool ShouldWarnOfScopes() => Interlocked.Exchange(ref _scopesWarned, 1) == 0;
    public bool ShouldWarnOfDeviceScope() => Interlocked.Exchange(ref _deviceScopeWarned, 1) == 0;

    // The form of a request with a grant, client authentication apart.
    public TokenForm CreateForm(Grant grant)
    {
        var form = new TokenForm();
        form.Add("grant_type", grant.GrantType);
        grant.WriteFields(form);
        var isRefresh = grant is RefreshTokenGrant;

        // The refresh token that a grant of ours has brought asks for what was granted at first.
        if (!isRefresh || Client.Grant is null)
        {
            if (Scopes.Count > 0)
                form.Add("scope", string.Join(' ', Scopes));
            if (Audience is not null)
                form.Add("audience", Audience);
            foreach (var resource in Resources)
                form.Add("resource", resource);
        }

        foreach (var (name, value) in Parameters)
        {
            if (!isRefresh || (Client.Grant is not { OwnsParameters: true } && name != RefreshTokenGrant.FieldName))
                form.Add(name, value);
        }

        return form;
    }

    private void AddIdentity(KeyText hash)
    {
        AddServer(hash);

        // A client that insists on all scopes must not get a lesser token by way of one that does not. Nor may one whose endpoint is
        // looked up or resolved, and who takes https alone, get a token that came over plain http.
        hash.Add(Client.GrantType, Client.Username, Audience, Client.RequireAllScopes ? "all" : null, Client.AllowInsecureHttp && (Client.Issuer is not null || Origin.IsLogical(Client.TokenEndpoint!)) ? "http" : null);
        hash.AddAll(Scopes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        hash.AddAll(Resources.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        hash.AddPairs(Parameters);
    }

    private void AddCredentials(KeyText hash)
    {
        hash.AddAll(Client.Authentication.Identity);
        hash.AddPairs(Client.Grant?.WriteFields([]) ?? []);
    }

    private void AddServer(KeyText hash) => hash.Add(Client.TokenEndpoint?.AbsoluteUri, Client.Issuer?.AbsoluteUri, Client.ClientId);
}
