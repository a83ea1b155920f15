using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;

namespace OAuthClient.Settings;

// A client's validated options in the form that requests need: immutable, replaced as a whole when options change.
internal sealed class ClientSettings(string name, OAuth2ClientOptions options)
{
    private static readonly PropertyInfo[] _settings = typeof(OAuth2ClientOptions).GetProperties();
    private static readonly string _processName = Guid.NewGuid().ToString("N");

    private readonly string _fingerprint = ComputeFingerprint(options);
    private readonly Delegate? _secretCallback = options.ClientSecretCallback;

    public string Name => name;
    public Uri? TokenEndpoint { get; } = options.TokenEndpoint;
    public Uri? RevocationEndpoint { get; } = options.RevocationEndpoint;
    public Uri? Issuer { get; } = options.Issuer;
    public string ClientId { get; } = options.ClientId ?? "";
    public ClientAuthenticationMethod? AuthenticationMethod { get; } = options.ClientAuthenticationMethod;
    public BasicCredentialEncoding? BasicEncoding { get; } = options.BasicCredentialEncoding;
    public SecretSource ClientSecret { get; } = new(options, name);
    public string GrantType { get; } = options.GrantType;
    public string? Username { get; } = options.Username;
    public string? Password { get; } = options.Password;
    public IReadOnlyList<string> Scopes { get; } = [.. options.Scopes];

    // The scope that gives this process a token of its own, or null.
    public string? DeviceScope { get; } = options.DeviceScope is null ? null
        : $"device_{(options.DeviceScope.Equals("auto", StringComparison.OrdinalIgnoreCase) ? _processName : options.DeviceScope)}";

    public IReadOnlyList<string> Resources { get; } = [.. options.Resources];
    public string? Audience { get; } = options.Audience;
    public FrozenDictionary<string, string> Parameters { get; } = options.Parameters.ToFrozenDictionary(StringComparer.Ordinal);
    public string?[] Secrets { get; } = [options.ClientSecret, options.Password]; // What must not appear in any message.
    public string HeaderName { get; } = options.HeaderName;
    public string HeaderScheme { get; } = options.HeaderScheme;
    public string? ApiKey { get; } = options.ApiKey;
    public string? ApiKeyHeaderName { get; } = options.ApiKeyHeaderName;
    public Uri? BaseAddress { get; } = options.BaseAddress;
    public IReadOnlyList<Uri> AllowedOrigins { get; } = [.. options.AllowedOrigins.Select(origin => new Uri(origin))];
    public bool AllowInsecureHttp { get; } = options.AllowInsecureHttp;
    public TimeSpan RefreshBeforeExpiry { get; } = options.RefreshBeforeExpiry;
    public TimeSpan DefaultTokenLifetime { get; } = options.DefaultTokenLifetime;
    public TimeSpan TokenRequestTimeout { get; } = options.TokenRequestTimeout;
    public TimeSpan TransientFailureWait { get; } = options.TransientFailureWait;
    public int MaxRequestContentBufferSize { get; } = options.MaxRequestContentBufferSize;
    public int MaxTokens { get; } = options.MaxTokens;
    public bool RequireAllScopes { get; } = options.RequireAllScopes;

    public bool SendsNoToken { get; } = options.SendsNoToken;

    // What a caller who wants a token revoked is told where nobody knows how.
    public InvalidOperationException LacksRevocationEndpoint() =>
        new($"{this} has no revocation endpoint. Set RevocationEndpoint, or Provider for a built-in one.");

    // True where nothing has changed: the change of a configuration is announced to all who read any of it.
    public bool SaysTheSameAs(ClientSettings other) => _fingerprint == other._fingerprint && Equals(_secretCallback, other._secretCallback);

    private static string ComputeFingerprint(OAuth2ClientOptions options) => KeyText.Hash(key =>
    {
        foreach (var value in _settings.Select(setting => setting.GetValue(options)))
        {
            key.AddAll(value as IEnumerable<string>);
            key.AddPairs(value as IEnumerable<KeyValuePair<string, string>>);
            key.Add(value is Uri uri ? uri.OriginalString : value is Delegate ? null : Convert.ToString(value, CultureInfo.InvariantCulture));
        }

        key.Add($"{options.SendsNoToken}");
    });

    public override string ToString() => $"OAuth2 client '{name}'";
}
