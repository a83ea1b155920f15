using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using OAuthClient.Grants;

namespace OAuthClient.Tokens;

/// <summary>What one cached token is asked for with (RFC 6749 §4): the client's settings and what a call overrides of them.</summary>
internal sealed class AccessTokenRequest
{
    private int _scopesWarned;

    public AccessTokenRequest(ClientSettings client, OAuth2TokenRequest? overrides)
    {
        Client = client;
        Scopes = overrides?.Scopes ?? client.Scopes;
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

        Key = ComputeKey();
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

    /// <summary>True the first time.</summary>
    public bool ShouldWarnOfScopes() => Interlocked.Exchange(ref _scopesWarned, 1) == 0;

    /// <summary>The form of a request with <paramref name="grant"/>, client authentication apart.</summary>
    public TokenForm CreateForm(Grant grant)
    {
        var form = new TokenForm();
        form.Add("grant_type", grant.GrantType);
        grant.WriteFields(form);
        var isRefresh = grant is RefreshTokenGrant;
        if (!isRefresh)
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

    private string ComputeKey()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(Client.TokenEndpoint?.AbsoluteUri, Client.Issuer?.AbsoluteUri, Client.ClientId, Client.GrantType, Audience);
        AddAll(Client.Authentication.Identity);
        var grant = new TokenForm();
        Client.Grant?.WriteFields(grant);
        AddAll(grant.Select(field => field.Value));
        AddAll(Scopes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        AddAll(Resources.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        AddAll(Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).SelectMany(parameter => new[] { parameter.Key, parameter.Value }));
        return Convert.ToBase64String(hash.GetHashAndReset());

        void AddAll(IEnumerable<string?> values)
        {
            string?[] all = [.. values];
            AddLength(all.Length);
            Add(all);
        }

        void Add(params string?[] values)
        {
            foreach (var value in values)
            {
                var bytes = value is null ? null : Encoding.UTF8.GetBytes(value);
                AddLength(bytes?.Length ?? -1);
                hash.AppendData(bytes ?? []);
            }
        }

        void AddLength(int length)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
            hash.AppendData(bytes);
        }
    }
}
