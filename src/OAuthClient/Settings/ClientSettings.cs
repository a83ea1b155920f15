using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Settings;

// A client's validated options in the form that requests need: immutable, replaced as a whole when options change.
// findToken: Gets another client's token by the client's name; where it is not asynchronous, without the pool's threads.
internal sealed class ClientSettings(string name, OAuth2ClientOptions options, Func<string, bool, CancellationToken, ValueTask<string>>? findToken = null)
{
    private static readonly PropertyInfo[] _settings = typeof(OAuth2ClientOptions).GetProperties();
    private static readonly string _processName = Guid.NewGuid().ToString("N");

    private readonly string _fingerprint = ComputeFingerprint(options);
    private readonly int[]? _rejections = options.TokenRejectedStatusCodes.Count == 0 ? null : [.. options.TokenRejectedStatusCodes];
    private readonly Delegate[] _callbacks = [.. _settings.Select(setting => setting.GetValue(options)).OfType<Delegate>()];

    public string Name => name;
    public string TelemetryName { get => field ?? name; init; } // What metrics and traces call it: one of few names.
    public Uri? TokenEndpoint { get; } = options.TokenEndpoint;
    public Uri? RevocationEndpoint { get; } = options.RevocationEndpoint;
    public Uri? IntrospectionEndpoint { get; } = options.IntrospectionEndpoint;
    public Uri? Issuer { get; } = options.Issuer;
    public string ClientId { get; } = options.ClientId ?? "";
    public ClientAuthenticationMethod? AuthenticationMethod { get; } = options.ClientAuthenticationMethod;
    public BasicCredentialEncoding? BasicEncoding { get; } = options.BasicCredentialEncoding;
    public SecretSource? ClientSecret { get; } = SecretSource.Create("ClientSecret", options.ClientSecret, options.ClientSecretFile, options.ClientSecretCallback, name);
    public SecretSource? SecondaryClientSecret { get; } = SecretSource.Create("SecondaryClientSecret", options.SecondaryClientSecret, options.SecondaryClientSecretFile, null, name);
    public SecretSource? PrivateKey { get; } = SecretSource.Create("PrivateKey", options.PrivateKey, options.PrivateKeyFile, options.PrivateKeyCallback, name);
    public Func<OAuth2RefreshToken, CancellationToken, ValueTask>? RefreshTokenCallback { get; } = options.RefreshTokenCallback;
    public string? PrivateKeyPassword { get; } = options.PrivateKeyPassword;
    public string? PrivateKeyId { get; } = options.PrivateKeyId;
    public SecretSource? ClientAssertion { get; } = SecretSource.Create("ClientAssertion", null, options.ClientAssertionFile, options.ClientAssertionCallback, name);
    public string? AssertionAlgorithm { get; } = options.ClientAssertionAlgorithm;
    public string? AssertionAudience { get; } = options.ClientAssertionAudience;
    public string AssertionType { get; } = options.ClientAssertionType;
    public string AssertionHeaderType { get; } = options.ClientAssertionHeaderType;
    public SecretSource? Certificate { get; } = SecretSource.Create("ClientCertificate", null, options.ClientCertificateFile, null, name, options.ClientCertificateKeyFile);
    public string? CertificatePassword { get; } = options.ClientCertificatePassword;
    public Func<CancellationToken, ValueTask<X509Certificate2>>? CertificateCallback { get; } = options.ClientCertificateCallback;
    public bool HasCertificate => Certificate is not null || CertificateCallback is not null;
    public SecretSource? SubjectToken { get; } = Find("SubjectToken", options.SubjectToken, options.SubjectTokenFile, options.SubjectTokenCallback, options.SubjectTokenClient, name, findToken);
    public SecretSource? ActorToken { get; } = Find("ActorToken", options.ActorToken, options.ActorTokenFile, options.ActorTokenCallback, options.ActorTokenClient, name, findToken);
    public SecretSource? Assertion { get; } = Find("Assertion", options.Assertion, options.AssertionFile, options.AssertionCallback, options.AssertionClient, name, findToken);
    public string[] Exchanged { get; } = [.. new[] { options.SubjectTokenClient, options.ActorTokenClient, options.AssertionClient }.OfType<string>()]; // The clients whose tokens it exchanges.
    public string SubjectTokenType { get; } = options.SubjectTokenType;
    public string ActorTokenType { get; } = options.ActorTokenType;
    public string? RequestedTokenType { get; } = options.RequestedTokenType;
    public string? Organization { get; } = options.Organization; // From which a preset makes the endpoint's address.
    public string? SwitchingOrganization { get; } = options.SwitchingOrganization;
    public Uri? DeviceAuthorizationEndpoint { get; } = options.DeviceAuthorizationEndpoint;
    public Func<DeviceCodePrompt, CancellationToken, ValueTask>? DeviceCodeCallback { get; } = options.DeviceCodeCallback;
    public string? AgentId { get; } = options.AgentId;
    public SecretSource? AgentSecret { get; } = SecretSource.Create("AgentSecret", options.AgentSecret, options.AgentSecretFile, null, name);
    public string? RedirectUri { get; } = options.RedirectUri;
    public IReadOnlyList<string> Notes { get; } = [.. options.Notes];
    public string GrantType { get; } = options.GrantType;
    public string? Username { get; } = options.Username;
    public string? Password { get; } = options.Password;
    public IReadOnlyList<string> Scopes { get; } = [.. options.Scopes];

    // The scope that gives this process a token of its own, or null.
    public string? DeviceScope { get; } = options.DeviceScope is null ? null
        : $"device_{(IsAuto(options.DeviceScope) ? _processName : options.DeviceScope)}";

    public IReadOnlyList<string> Resources { get; } = [.. options.Resources];
    public string? Audience { get; } = options.Audience;
    public FrozenDictionary<string, string> Parameters { get; } = options.Parameters.ToFrozenDictionary(StringComparer.Ordinal);
    public string?[] Secrets { get; } = // What must not appear in any message.
    [
        options.ClientSecret, options.Password, options.SecondaryClientSecret, options.PrivateKey, options.PrivateKeyPassword, options.ClientCertificatePassword,
        options.SubjectToken, options.ActorToken, options.Assertion, options.AgentSecret,
    ];
    public bool DPoP { get; } = options.DPoP;
    public string? DPoPKeyFile { get; } = options.DPoPKeyFile;
    public bool DPoPAllowBearer { get; } = options.DPoPAllowBearer;
    public string? TokenBindingId { get; } = IsAuto(options.TokenBindingId) ? _processName : options.TokenBindingId;
    public string HeaderName { get; } = options.HeaderName;
    public string HeaderScheme { get; } = options.HeaderScheme;
    public (string Name, string Value)[] CredentialHeaders { get; } = // What goes out beside the token.
        [.. options.ApiKey is null ? [] : new[] { (options.ApiKeyHeaderName!, options.ApiKey) }, .. options.CredentialHeaders.Select(header => (header.Key, header.Value))];

    public IReadOnlyList<string> StepUpScopes { get; } = [.. options.StepUpScopes];
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
    public bool RevokeOnShutdown { get; } = options.RevokeOnShutdown;
    public bool SendsNoToken { get; } = options.SendsNoToken;

    // True where other instances may have its tokens: nothing in them is this instance's own, or, unless the user says so, a person's.
    public bool SharesTokens { get; } =
        (options.ShareTokens ?? (options.GrantType is not (GrantTypes.Password or GrantTypes.DeviceCode) && options is { SubjectTokenCallback: null, ActorTokenCallback: null, AssertionCallback: null }))
        && !IsAuto(options.DeviceScope) && !IsAuto(options.TokenBindingId) && (!options.DPoP || options.DPoPKeyFile is not null) && !options.RevokeOnShutdown;

    public IEnumerable<string> CredentialNames => CredentialHeaders.Select(header => header.Name).Prepend(HeaderName).Concat(DPoP ? ["DPoP"] : []);

    // True where nothing of what is exchanged stands in the settings.
    public bool IsExchangedByCall => GrantType switch
    {
        GrantTypes.TokenExchange => SubjectToken is null && !Parameters.ContainsKey("subject_token"),
        GrantTypes.OrganizationSwitch => SubjectToken is null && !Parameters.ContainsKey("token"),
        GrantTypes.JwtBearer or GrantTypes.SamlBearer => Assertion is null && !Parameters.ContainsKey("assertion"),
        _ => false,
    };

    // True for the status by which an API says that it rejects the token.
    public bool IsRejection(HttpStatusCode status) => _rejections is null ? status == HttpStatusCode.Unauthorized : Array.IndexOf(_rejections, (int)status) >= 0;

    // The setting that holds an endpoint; null for one that was found by the issuer.
    public string? FindSettingOf(Uri endpoint) =>
        endpoint == TokenEndpoint ? nameof(TokenEndpoint)
        : endpoint == RevocationEndpoint ? nameof(RevocationEndpoint)
        : endpoint == IntrospectionEndpoint ? nameof(IntrospectionEndpoint)
        : endpoint == DeviceAuthorizationEndpoint ? nameof(DeviceAuthorizationEndpoint) : null;

    // What a caller is told who needs an endpoint that nobody knows.
    public InvalidOperationException Lacks(string endpoint) =>
        new($"{this} has no {SafeText.ToWords(endpoint)} endpoint. Set {endpoint}Endpoint, or Provider for a built-in one.");

    // True where nothing has changed: the change of a configuration is announced to all who read any of it.
    public bool SaysTheSameAs(ClientSettings other) => _fingerprint == other._fingerprint && _callbacks.SequenceEqual(other._callbacks);

    private static SecretSource? Find(string setting, string? value, string? file, Func<CancellationToken, ValueTask<string>>? callback, string? client, string name, Func<string, bool, CancellationToken, ValueTask<string>>? findToken) =>
        client is null ? SecretSource.Create(setting, value, file, callback, name) : new SecretSource(setting, null, null, (async, deadline) => findToken!(client, async, deadline), $"client {client}");

    // True for a name that this process makes up.
    private static bool IsAuto(string? name) => "auto".Equals(name, StringComparison.OrdinalIgnoreCase);

    private static string ComputeFingerprint(OAuth2ClientOptions options) => KeyText.Hash(key =>
    {
        foreach (var value in _settings.Select(setting => setting.GetValue(options)))
        {
            key.AddAll(value as IEnumerable<string>);
            key.AddAll((value as IEnumerable<int>)?.Select(number => $"{number}"));
            key.AddPairs(value as IEnumerable<KeyValuePair<string, string>>);
            key.Add(value is Uri uri ? uri.OriginalString : value is Delegate ? null : Convert.ToString(value, CultureInfo.InvariantCulture));
        }

        key.Add($"{options.SendsNoToken}");
    });

    public override string ToString() => $"OAuth2 client '{name}'";
}
