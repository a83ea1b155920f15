using OAuthClient.Grants;

namespace OAuthClient.Tokens;

/// <summary>What one cached token is asked for with (RFC 6749 §4): the client's settings and what a call overrides of them.</summary>
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

        Key = ComputeKey(withCredentials: true);
    }

    public ClientSettings Client { get; }

    public IReadOnlyList<string> Scopes { get; }

    public IReadOnlyList<string> Resources { get; }

    public string? Audience { get; }

    public IReadOnlyDictionary<string, string> Parameters { get; }

    /// <summary>The refresh token that the user brought along, for clients that have nothing else.</summary>
    public string? InitialRefreshToken => Client.Grant is null ? Parameters.GetValueOrDefault(RefreshTokenGrant.FieldName) : null;

    /// <summary>
    /// Equal for requests whose tokens are interchangeable, whatever their clients are called: two names of one application share a token,
    /// two credentials never do.
    /// </summary>
    public string Key { get; }

    /// <summary>Equal for requests whose tokens differ by credentials alone.</summary>
    public string GetIdentity() => ComputeKey(withCredentials: false);

    /// <summary>True the first time.</summary>
    public bool ShouldWarnOfScopes() => Interlocked.Exchange(ref _scopesWarned, 1) == 0;

    /// <summary>True the first time.</summary>
    public bool ShouldWarnOfDeviceScope() => Interlocked.Exchange(ref _deviceScopeWarned, 1) == 0;

    /// <summary>The form of a request with <paramref name="grant"/>, client authentication apart.</summary>
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

    /// <summary>Equal for requests that prove the same client by the same secret, whatever they ask for.</summary>
    public string GetClientKey(string? secret)
    {
        using var hash = new KeyHash();
        AddServer(hash);
        hash.Add("client", secret);
        hash.AddAll(Client.Authentication.Identity);
        return hash.ToKey();
    }

    /// <summary>Equal for requests that send the same password, refresh token or assertion, whatever they ask for.</summary>
    public string GetValueKey(Grant grant)
    {
        using var hash = new KeyHash();
        AddServer(hash);
        hash.Add("value", grant.GrantType);
        AddGrant(hash, grant);
        hash.AddAll(grant.OwnsParameters ? Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).SelectMany(parameter => new[] { parameter.Key, parameter.Value }) : []);
        return hash.ToKey();
    }

    private string ComputeKey(bool withCredentials)
    {
        using var hash = new KeyHash();
        AddServer(hash);
        hash.Add(Client.GrantType, Client.Username, Audience);

        // A client that insists on all scopes must not get a lesser token by way of one that does not.
        hash.Add(Client.RequireAllScopes ? "all" : null);

        // Nor may one that looks its endpoints up, and takes https alone, get a token that came over plain http.
        hash.Add(Client is { Issuer: not null, AllowInsecureHttp: true } ? "http" : null);
        if (withCredentials)
        {
            hash.AddAll(Client.Authentication.Identity);
            AddGrant(hash, Client.Grant);
        }

        hash.AddAll(Scopes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        hash.AddAll(Resources.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        hash.AddAll(Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).SelectMany(parameter => new[] { parameter.Key, parameter.Value }));
        return hash.ToKey();
    }

    private void AddServer(KeyHash hash) => hash.Add(Client.TokenEndpoint?.AbsoluteUri, Client.Issuer?.AbsoluteUri, Client.ClientId);

    private static void AddGrant(KeyHash hash, Grant? grant)
    {
        var fields = new TokenForm();
        grant?.WriteFields(fields);
        hash.AddAll(fields.Select(field => field.Value));
    }
}
