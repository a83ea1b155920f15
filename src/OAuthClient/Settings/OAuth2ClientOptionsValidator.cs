namespace OAuthClient.Settings;

// Every check of a client's options, once; all that is wrong with a client is reported together.
internal sealed class OAuth2ClientOptionsValidator(Func<string, string?>? findProblem = null, Func<string, IEnumerable<string>, string?>? findCircle = null, Func<OAuth2ClientOptions, IEnumerable<string>>? findFaults = null) : IValidateOptions<OAuth2ClientOptions>
{
    // They frame a message, steer a connection or belong to those that do (RFC 9110 §7.6.1, §6.6, §11.7): a token there reaches no API.
    private static readonly HashSet<string> _takenHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "Transfer-Encoding", "TE", "Trailer", "Upgrade",
        "Content-Length", "Expect", "HTTP2-Settings", "Cookie", "Date",
    };

    public ValidateOptionsResult Validate(string? name, OAuth2ClientOptions options)
    {
        name ??= Options.DefaultName;
        var errors = new List<string>();
        if (findProblem?.Invoke(name) is { } problem)
            errors.Add(problem);
        else
            Validate(options, errors);
        if (errors.Count == 0 && !options.SendsNoToken && findFaults is not null)
            errors.AddRange(findFaults(options));
        string[] exchanged = [.. new[] { options.SubjectTokenClient, options.ActorTokenClient, options.AssertionClient }.OfType<string>()];
        if (findCircle is null && exchanged.Length > 0)
            errors.Add("SubjectTokenClient, ActorTokenClient and AssertionClient name a registered client, and a handler without a container knows no other. Set SubjectToken, or a callback.");
        if (findCircle is null && options.RevokeOnShutdown)
            errors.Add("RevokeOnShutdown is set, but a handler without a container has no host that stops. Remove it.");
        if (findCircle?.Invoke(name, errors.Count == 0 ? exchanged : []) is { } circle)
            errors.Add(circle);
        return errors.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"OAuth2 client '{name}': {string.Join(Environment.NewLine + "  ", errors)}");
    }

    private static void Validate(OAuth2ClientOptions options, List<string> errors)
    {
        errors.AddRange(options.BindingErrors);
        if (options.Region is not null && !options.Region.Equals("US", StringComparison.OrdinalIgnoreCase) && !options.Region.Equals("EU", StringComparison.OrdinalIgnoreCase))
            errors.Add($"Region must be US or EU, but is '{SafeText.Shorten(options.Region)}'. For another region set TokenEndpoint.");
        if (options.Provider is not null && ProviderPresets.Find(options.Provider) is null)
            errors.Add($"Provider must be one of {ProviderPresets.Names}, but is '{SafeText.Shorten(options.Provider)}'. For any other server leave it out and set TokenEndpoint.");
        if (!options.SendsNoToken)
        {
            ValidateEndpoints(options, errors);
            ValidateClient(options, errors);
            ValidateGrant(options, errors);
            ValidateLifetimes(options, errors);
        }

        ValidateHeaders(options, errors);
        if (options.DPoP && new[] { options.TokenEndpoint, options.BaseAddress }.Any(address => address is not null && Origin.IsLogical(address)))
            errors.Add("DPoP needs the addresses that are really called, so TokenEndpoint and BaseAddress must not be logical ones of a service discovery.");
        ValidateEndpoint(nameof(options.BaseAddress), options.BaseAddress, options, errors);
        foreach (var origin in options.AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.PathAndQuery.Length > 1)
                errors.Add($"AllowedOrigins holds '{SafeText.ShowAddress(origin)}'; an origin is scheme, host and port, such as 'https://api.example'.");
            else
                ValidateEndpoint(nameof(options.AllowedOrigins), uri, options, errors, mayBeWebSocket: true);
        }
    }

    private static void ValidateEndpoints(OAuth2ClientOptions options, List<string> errors)
    {
        // One that could not be read is not missing too.
        if (options is { TokenEndpoint: null, Issuer: null, Connection: null }
            && !options.BindingErrors.Any(error => error.Contains(nameof(options.TokenEndpoint), StringComparison.Ordinal) || error.Contains(nameof(options.Issuer), StringComparison.Ordinal)))
        {
            var preset = ProviderPresets.Find(options.Provider);
            errors.Add(preset switch
            {
                { NeedsOrganization: true } => $"Organization is not set; {preset.Name} needs it for its token endpoint {preset.TokenEndpoint}. Set it, or TokenEndpoint.",
                not null => $"TokenEndpoint is not set, and {preset.Name} has none that all users share: {preset.EndpointHint}.",
                null => "TokenEndpoint is not set. Set it, or Provider for a built-in one, or Issuer to have it looked up.",
            });
        }

        if (options is { RevokeOnShutdown: true, RevocationEndpoint: null, TokenEndpoint: not null })
            errors.Add("RevocationEndpoint is not set, which RevokeOnShutdown needs. Set it, or Provider for a built-in one, or Issuer in place of TokenEndpoint.");
        ValidateEndpoint(nameof(options.TokenEndpoint), options.TokenEndpoint, options, errors);
        ValidateEndpoint(nameof(options.RevocationEndpoint), options.RevocationEndpoint, options, errors);
        ValidateEndpoint(nameof(options.DeviceAuthorizationEndpoint), options.DeviceAuthorizationEndpoint, options, errors);
        ValidateEndpoint(nameof(options.IntrospectionEndpoint), options.IntrospectionEndpoint, options, errors);
        ValidateEndpoint(nameof(options.Issuer), options.Issuer, options, errors);
    }

    private static void ValidateEndpoint(string setting, Uri? endpoint, OAuth2ClientOptions options, List<string> errors, bool mayBeWebSocket = false)
    {
        if (endpoint is null)
            return;
        if (!endpoint.IsAbsoluteUri || !(endpoint.Scheme is "https" or "http" || (mayBeWebSocket && endpoint.Scheme is "wss" or "ws") || Origin.IsLogical(endpoint)))
            errors.Add($"{setting} must be an absolute https URI, but is '{SafeText.Show(endpoint)}'.");
        else if (!Origin.IsSecure(endpoint, options.AllowInsecureHttp))
            errors.Add($"{setting} must be an absolute https URI, but is '{SafeText.Show(endpoint)}'. For a server on loopback or inside your network set AllowInsecureHttp.");
        else if (Origin.GetHost(endpoint) is null)
            errors.Add($"{setting} must name a host that can be looked up, but is '{SafeText.Show(endpoint)}'.");
        else if (endpoint.UserInfo.Length > 0 || endpoint.Fragment.Length > 0)
            errors.Add($"{setting} must hold neither user information nor a fragment; '{SafeText.Show(endpoint)}' is all that is needed.");
    }

    private static void ValidateClient(OAuth2ClientOptions options, List<string> errors)
    {
        var basic = options.ClientAuthenticationMethod == ClientAuthenticationMethod.ClientSecretBasic;
        var raw = basic && options.BasicCredentialEncoding == BasicCredentialEncoding.Raw;
        ValidateChoice(nameof(options.ClientAuthenticationMethod), options.ClientAuthenticationMethod, errors);
        ValidateChoice(nameof(options.BasicCredentialEncoding), options.BasicCredentialEncoding, errors);

        // What a connection lacks has been reported with it.
        if (options is { ClientId: null, Connection: null })
            errors.Add("ClientId is not set. It is the consumer key or client id that the developer portal shows.");
        else if (options.ClientId?.Any(char.IsControl) == true)
            errors.Add("ClientId must not hold control characters.");
        else if (raw && options.ClientId?.Contains(':', StringComparison.Ordinal) == true)
            errors.Add("ClientId holds a ':', which a raw Basic header cannot carry. Set ClientAuthenticationMethod to ClientSecretPost, or BasicCredentialEncoding to FormUrlEncoded where the server decodes it.");

        CredentialRules.ValidateClient(options, errors);
        if (raw && options.Provider is not null && options.ClientSecret?.Contains(':', StringComparison.Ordinal) == true)
            errors.Add($"ClientSecret holds a ':', which {options.Provider} cannot read from a Basic header. Set ClientAuthenticationMethod to ClientSecretPost.");
    }

    private static void ValidateChoice<TEnum>(string setting, TEnum? value, List<string> errors)
        where TEnum : struct, Enum
    {
        if (value is { } choice && !Enum.IsDefined(choice))
            errors.Add($"{setting} must be one of {string.Join(", ", Enum.GetNames<TEnum>())}, but is '{choice}'.");
    }

    private static void ValidateGrant(OAuth2ClientOptions options, List<string> errors)
    {
        if (options.GrantType.Length == 0)
            errors.Add("GrantType is empty. Set it to the wire value, such as client_credentials.");
        var isPassword = options.GrantType == GrantTypes.Password;
        if (isPassword && options.Username is null)
            errors.Add("Username is not set, which GrantType password needs.");
        if (isPassword && options.Password is null)
            errors.Add("Password is not set, which GrantType password needs.");
        if (!isPassword && (options.Username ?? options.Password) is not null)
            errors.Add($"{(options.Username is null ? "Password" : "Username")} is set, but GrantType '{SafeText.Shorten(options.GrantType)}' sends none. Set GrantType to password, or remove it.");
        CredentialRules.ValidateGrant(options, errors);
        if (options is { RevokeOnShutdown: true, ShareTokens: true })
            errors.Add("RevokeOnShutdown would revoke the tokens that ShareTokens gives to other instances. Remove one of them.");
        if (options is { RevokeOnShutdown: true, GrantType: GrantTypes.RefreshToken })
            errors.Add("RevokeOnShutdown is set, but the next start needs the refresh token of GrantType refresh_token, which a server may revoke together with what came of it. Remove it.");
        if (options.GrantType == GrantTypes.RefreshToken && !options.Parameters.ContainsKey(ParameterNames.RefreshToken))
            errors.Add("Parameters holds no 'refresh_token', which GrantType refresh_token needs.");
        else if (options.GrantType != GrantTypes.RefreshToken && options.Parameters.ContainsKey(ParameterNames.RefreshToken))
            errors.Add($"Parameters holds 'refresh_token', but GrantType is '{SafeText.Shorten(options.GrantType)}'. Set GrantType to refresh_token, or remove it.");

        errors.AddRange(options.Parameters.Keys.Where(ParameterNames.IsReserved).Select(ParameterNames.DescribeReserved));
        if (options.TokenBindingId is not null && options.Parameters.ContainsKey("tokenBindingId"))
            errors.Add("TokenBindingId is set, and Parameters holds 'tokenBindingId'. Keep one.");
        errors.AddRange(options.Scopes.Concat(options.StepUpScopes).Where(scope => !IsScopeToken(scope)).Select(scope =>
            $"{(options.Scopes.Contains(scope) ? "Scopes" : "StepUpScopes")} holds '{SafeText.Shorten(scope)}'; a scope is made of printable ASCII characters other than space, quote and backslash. Give each an entry of its own."));
        if (options.DeviceScope is not null && !IsScopeToken(options.DeviceScope))
            errors.Add($"DeviceScope must be auto or a name of printable ASCII characters other than space, quote and backslash, but is '{SafeText.Shorten(options.DeviceScope)}'.");
        errors.AddRange(options.Resources.Where(resource => string.IsNullOrWhiteSpace(resource) || resource.Contains('#', StringComparison.Ordinal)).Select(resource =>
            $"Resources holds '{SafeText.Shorten(resource)}'; a resource is the name that the server knows the API by, mostly an absolute URI, and has no fragment."));
    }

    private static void ValidateLifetimes(OAuth2ClientOptions options, List<string> errors)
    {
        ValidateRange(nameof(options.RefreshBeforeExpiry), options.RefreshBeforeExpiry, TimeSpan.Zero, TimeSpan.FromHours(1), errors);
        ValidateRange(nameof(options.DefaultTokenLifetime), options.DefaultTokenLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), errors);
        ValidateRange(nameof(options.TokenRequestTimeout), options.TokenRequestTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10), errors);
        ValidateRange(nameof(options.TransientFailureWait), options.TransientFailureWait, TimeSpan.Zero, TimeSpan.FromMinutes(10), errors);
        if (options.MaxRequestContentBufferSize < 0)
            errors.Add($"MaxRequestContentBufferSize must be from 0 to {int.MaxValue}, but is {options.MaxRequestContentBufferSize}.");
        if (options.TokenRejectedStatusCodes.Any(status => status is < 400 or > 499))
            errors.Add($"TokenRejectedStatusCodes must hold statuses from 400 to 499, but holds {options.TokenRejectedStatusCodes.First(status => status is < 400 or > 499)}.");
        if (options.MaxTokens is < 1 or > 10_000_000)
            errors.Add($"MaxTokens must be from 1 to 10000000, but is {options.MaxTokens}.");
    }

    private static void ValidateRange(string setting, TimeSpan value, TimeSpan minimum, TimeSpan maximum, List<string> errors)
    {
        if (value < minimum || value > maximum)
            errors.Add($"{setting} must be from {minimum:c} to {maximum:c}, but is {value:c}.");
    }

    private static void ValidateHeaders(OAuth2ClientOptions options, List<string> errors)
    {
        ValidateHeaderName(nameof(options.HeaderName), options.HeaderName, errors);
        if (options.HeaderScheme.Length > 0 && !IsToken(options.HeaderScheme))
            errors.Add($"HeaderScheme must be one word such as Bearer, or empty for the bare token, but is '{SafeText.Shorten(options.HeaderScheme)}'.");

        if (options.ApiKeyHeaderName is { } keyHeader)
            ValidateHeaderName(nameof(options.ApiKeyHeaderName), keyHeader, errors);
        if (options is { ApiKeyHeaderName: not null, ApiKey: null })
            errors.Add("ApiKeyHeaderName is set, but ApiKey is not. Set both or neither.");
        if (options is { ApiKeyHeaderName: null, ApiKey: not null })
            errors.Add("ApiKey is set, but ApiKeyHeaderName is not. The API's OpenAPI document names the header, often 'api-key'.");
        if (!options.SendsNoToken && options.HeaderName.Equals(options.ApiKeyHeaderName, StringComparison.OrdinalIgnoreCase))
            errors.Add($"ApiKeyHeaderName and HeaderName are both '{SafeText.Shorten(options.HeaderName)}'. Token and API key need a header each.");
        if (options.ApiKey?.Any(c => c is < ' ' or > '~') == true)
            errors.Add("ApiKey holds characters that no header can carry. It must be printable ASCII.");
        foreach (var (name, value) in options.CredentialHeaders)
        {
            ValidateHeaderName(nameof(options.CredentialHeaders), name, errors);
            if (value.Length == 0 || value.Any(c => c is < ' ' or > '~'))
                errors.Add($"CredentialHeaders holds no value for '{SafeText.Shorten(name)}' that a header can carry. It must be printable ASCII.");
            if (name.Equals(options.ApiKeyHeaderName, StringComparison.OrdinalIgnoreCase) || (!options.SendsNoToken && name.Equals(options.HeaderName, StringComparison.OrdinalIgnoreCase)))
                errors.Add($"CredentialHeaders holds '{SafeText.Shorten(name)}', which carries the token or the API key. Each needs a header of its own.");
        }
    }

    internal static bool CanCarryCredentials(string headerName)
    {
        using var request = new HttpRequestMessage();
        return IsToken(headerName) && !_takenHeaders.Contains(headerName) && request.Headers.TryAddWithoutValidation(headerName, "");
    }

    private static void ValidateHeaderName(string setting, string name, List<string> errors)
    {
        if (!CanCarryCredentials(name))
            errors.Add($"{setting} must be the name of a request header such as Authorization, but is '{SafeText.Shorten(name)}'.{(_takenHeaders.Contains(name) ? " HTTP, the connection or a proxy has its own use for that one." : "")}");
    }

    // RFC 6749 §3.3
    internal static bool IsScopeToken(string scope) => scope.Length > 0 && scope.All(c => c is > ' ' and <= '~' and not '"' and not '\\');

    // RFC 9110 §5.6.2
    private static bool IsToken(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}
