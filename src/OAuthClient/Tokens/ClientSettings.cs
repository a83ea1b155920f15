using System.Collections.Frozen;
using OAuthClient.Grants;
using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>A client's validated options in the form that requests need: immutable, replaced as a whole when options change.</summary>
internal sealed class ClientSettings
{
    private static readonly string _processName = Guid.NewGuid().ToString("N");

    private readonly string _fingerprint;
    private readonly Delegate? _secretCallback;

    public ClientSettings(string name, OAuth2ClientOptions options)
    {
        Name = name;
        TokenEndpoint = options.TokenEndpoint;
        RevocationEndpoint = options.RevocationEndpoint;
        Issuer = options.Issuer;
        ClientId = options.ClientId ?? "";
        GrantType = options.GrantType;
        Grant = Grant.Create(options);
        Authentication = ClientAuthentication.Create(options, name);
        Username = options.Username;
        Scopes = [.. options.Scopes];
        DeviceScope = options.DeviceScope is null ? null : $"device_{(options.DeviceScope.Equals("auto", StringComparison.OrdinalIgnoreCase) ? _processName : options.DeviceScope)}";
        Resources = [.. options.Resources];
        Audience = options.Audience;
        Parameters = options.Parameters.ToFrozenDictionary(StringComparer.Ordinal);
        Secrets = [options.ClientSecret, options.Password];
        HeaderName = options.HeaderName;
        HeaderScheme = options.HeaderScheme;
        ApiKey = options.ApiKey;
        ApiKeyHeaderName = options.ApiKeyHeaderName;
        BaseAddress = options.BaseAddress;
        AllowedOrigins = [.. options.AllowedOrigins.Select(origin => new Uri(origin))];
        AllowInsecureHttp = options.AllowInsecureHttp;
        RefreshBeforeExpiry = options.RefreshBeforeExpiry;
        DefaultTokenLifetime = options.DefaultTokenLifetime;
        TokenRequestTimeout = options.TokenRequestTimeout;
        MaxTokens = options.MaxTokens;
        RequireAllScopes = options.RequireAllScopes;
        SendsNoToken = options.SendsNoToken;
        _secretCallback = options.ClientSecretCallback;
        _fingerprint = ComputeFingerprint(options);
    }

    public string Name { get; }

    public Uri? TokenEndpoint { get; }

    public Uri? RevocationEndpoint { get; }

    public Uri? Issuer { get; }

    public string ClientId { get; }

    public string GrantType { get; }

    public string? Username { get; }

    /// <summary>The grant that gets a token from nothing; null where the client has but a refresh token.</summary>
    public Grant? Grant { get; }

    public ClientAuthentication Authentication { get; }

    public IReadOnlyList<string> Scopes { get; }

    /// <summary>The scope that gives this process a token of its own, or null.</summary>
    public string? DeviceScope { get; }

    public IReadOnlyList<string> Resources { get; }

    public string? Audience { get; }

    public FrozenDictionary<string, string> Parameters { get; }

    /// <summary>What must not appear in any message.</summary>
    public string?[] Secrets { get; }

    public string HeaderName { get; }

    public string HeaderScheme { get; }

    public string? ApiKey { get; }

    public string? ApiKeyHeaderName { get; }

    public Uri? BaseAddress { get; }

    public IReadOnlyList<Uri> AllowedOrigins { get; }

    public bool AllowInsecureHttp { get; }

    public TimeSpan RefreshBeforeExpiry { get; }

    public TimeSpan DefaultTokenLifetime { get; }

    public TimeSpan TokenRequestTimeout { get; }

    public int MaxTokens { get; }

    public bool RequireAllScopes { get; }

    /// <summary>True for a connection whose service wants no token.</summary>
    public bool SendsNoToken { get; }

    /// <summary>What a caller who wants a token revoked is told where nobody knows how.</summary>
    public InvalidOperationException LacksRevocationEndpoint() =>
        new($"{this} has no revocation endpoint. Set RevocationEndpoint, or Provider for a built-in one.");

    /// <summary>True where nothing has changed: the change of a configuration is announced to all who read any of it.</summary>
    public bool SaysTheSameAs(ClientSettings other) => _fingerprint == other._fingerprint && Equals(_secretCallback, other._secretCallback);

    private static string ComputeFingerprint(OAuth2ClientOptions o)
    {
        using var hash = new KeyHash();
        hash.Add(
            o.TokenEndpoint?.OriginalString, o.RevocationEndpoint?.OriginalString, o.Issuer?.OriginalString, o.BaseAddress?.OriginalString,
            o.ClientId, o.ClientSecret, o.ClientSecretFile, $"{o.ClientAuthenticationMethod} {o.BasicCredentialEncoding}",
            o.GrantType, o.Username, o.Password, o.Audience, o.HeaderName, o.HeaderScheme, o.ApiKey, o.ApiKeyHeaderName, o.DeviceScope,
            $"{o.AllowInsecureHttp} {o.RefreshBeforeExpiry} {o.DefaultTokenLifetime} {o.TokenRequestTimeout} {o.MaxTokens} {o.RequireAllScopes} {o.SendsNoToken}");
        hash.AddAll(o.Scopes);
        hash.AddAll(o.Resources);
        hash.AddAll(o.AllowedOrigins);
        hash.AddAll(o.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).SelectMany(parameter => new[] { parameter.Key, parameter.Value }));
        return hash.ToKey();
    }

    public override string ToString() => $"OAuth2 client '{Name}'";
}
