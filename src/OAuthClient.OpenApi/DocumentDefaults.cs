namespace OAuthClient.OpenApi;

// Fills in a client's settings from a document, where nobody has set them. Twice changes nothing more.
internal sealed class DocumentDefaults(OAuth2ClientOptions options, ApiDocument document)
{
    private readonly List<string> _taken = [];

    public static void Apply(OAuth2ClientOptions options, DocumentSource source, string folder, string[] tokenOrigins)
    {
        try
        {
            new DocumentDefaults(options, source.Read(folder)).Apply(tokenOrigins);
        }
        catch (DocumentException exception)
        {
            Add(options.BindingErrors, exception.Message);
        }
    }

    private void Apply(string[] tokenOrigins)
    {
        ApplyTokenHeader();
        if (options is { TokenEndpoint: null, Issuer: null, SendsNoToken: false })
            ApplyTokenUrl(tokenOrigins);
        if (options.BaseAddress is null)
            ApplyServer();
        ApplyKeys();
        if (_taken.Count > 0)
            Note($"gives {string.Join(", ", _taken)}.");
    }

    private void ApplyTokenHeader()
    {
        if (options.HasHeaderName || document.TokenHeader is not { } header)
            return;
        if (OAuth2ClientOptionsValidator.CanCarryCredentials(header))
            Take(nameof(options.HeaderName), options.HeaderName = header);
        else
            Report($"is wrong at #/x-wso2-auth-header: '{SafeText.Shorten(header)}' is no header that can carry a token. Set HeaderName to the one that the API reads.");
    }

    // A document is no reason to send a secret anywhere: its origin has to be one that the user has named.
    private void ApplyTokenUrl(string[] tokenOrigins)
    {
        var allowed = new List<Origin>();
        foreach (var origin in tokenOrigins)
        {
            if (Uri.TryCreate(origin, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" && address is { PathAndQuery.Length: <= 1, UserInfo.Length: 0 })
                allowed.Add(new Origin(address));
            else
                Report($"is used with the token origin '{SafeText.ShowAddress(origin)}'; an origin is scheme, host and port, such as 'https://sts.choreo.dev'.");
        }

        // What the user's own organization is part of is the user's own.
        var preset = ProviderPresets.Find(options.Provider);
        var presetEndpoint = preset?.GetTokenEndpoint(options.Organization, options.Region);
        foreach (var known in new[] { options.RevocationEndpoint, options.IntrospectionEndpoint, options.DeviceAuthorizationEndpoint, presetEndpoint }.OfType<Uri>().Where(known => known.IsAbsoluteUri))
            allowed.Add(new Origin(known));

        Uri[] urls = [.. document.TokenUrls.Select(url => Placeholder.Read(url.OriginalString)).OfType<Uri>().Where(url => url is { UserInfo.Length: 0, Fragment.Length: 0 })];
        if (Array.Find(urls, url => allowed.Exists(origin => origin.Matches(url))) is { } found)
        {
            if (presetEndpoint is null || !preset!.NeedsOrganization || !new Origin(presetEndpoint).Matches(found))
                Take(nameof(options.TokenEndpoint), SafeText.Show(options.TokenEndpoint = found));
        }
        else if (urls.Length > 0 && (presetEndpoint is null || !preset!.NeedsOrganization))
        {
            Report($"names the token URL {SafeText.Show(urls[0])}, and none of your settings says that the client's secret may go to {new Origin(urls[0])}{(presetEndpoint is null ? "" : $" rather than to {preset!.Name}'s {SafeText.Show(presetEndpoint)}")}. If it may, set TokenEndpoint to that URL, or name the origin in UseOpenApi(document, \"{new Origin(urls[0])}\"); else set TokenEndpoint to yours.");
        }
    }

    private void ApplyServer()
    {
        Uri[] servers = [.. document.Servers.Select(Placeholder.Read).OfType<Uri>().Where(server => server is { UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 })];
        if (Array.Find(servers, server => Origin.IsSecure(server, options.AllowInsecureHttp)) is { } found)
            Take(nameof(options.BaseAddress), SafeText.Show(options.BaseAddress = found.AbsolutePath.EndsWith('/') ? found : new Uri(found.AbsoluteUri + "/")));
        else if (servers.Length > 0)
            Note($"names the server {SafeText.Show(servers[0])}, which is no BaseAddress since a token must not travel over plain http. Set BaseAddress to an https one; for a host inside your network set AllowInsecureHttp.");
    }

    private void ApplyKeys()
    {
        // Older documents write the token itself as a key.
        var keys = document.ApiKeys.Where(key => !IsSame(key.Header, options.HeaderName) && !IsSame(key.Header, "Authorization")).ToArray();
        foreach (var key in keys.Where(key => !OAuth2ClientOptionsValidator.CanCarryCredentials(key.Header)))
            Report($"is wrong about its security scheme '{SafeText.Shorten(key.Name)}': '{SafeText.Shorten(key.Header)}' is no header that can carry a key. Correct the name there, or take the scheme out.");
        keys = [.. keys.Where(key => OAuth2ClientOptionsValidator.CanCarryCredentials(key.Header))];

        // A value may be given under the scheme's name: the header has another one at each API.
        foreach (var key in keys.Where(key => !Array.Exists(keys, other => IsSame(other.Header, key.Name)) && !options.CredentialHeaders.ContainsKey(key.Header)))
        {
            if (options.CredentialHeaders.Remove(key.Name, out var value))
                options.CredentialHeaders[key.Header] = value;
        }

        if (options is { ApiKey: not null, ApiKeyHeaderName: null })
            ApplyApiKey(keys);
        foreach (var key in keys.Where(key => !IsSame(key.Header, options.ApiKeyHeaderName) && !options.CredentialHeaders.ContainsKey(key.Header)).DistinctBy(key => key.Header, StringComparer.OrdinalIgnoreCase))
        {
            var remedy = $"Set it in CredentialHeaders, as '{SafeText.Shorten(key.Header)}' or '{SafeText.Shorten(key.Name)}', or set ApiKey{(options.ApiKey is null ? "" : " and ApiKeyHeaderName")}";
            if (key.IsNeeded)
                Report($"has every call carry the header '{SafeText.Shorten(key.Header)}' (security scheme '{SafeText.Shorten(key.Name)}'), and there is no value for it. {remedy}.");
            else
                Note($"knows the header '{SafeText.Shorten(key.Header)}' (security scheme '{SafeText.Shorten(key.Name)}'), for which there is no value. {remedy}, if the API asks for it.");
        }
    }

    private void ApplyApiKey(ApiKeyScheme[] keys)
    {
        if (document.ApiKeyHeader is { } header && OAuth2ClientOptionsValidator.CanCarryCredentials(header))
        {
            Take(nameof(options.ApiKeyHeaderName), options.ApiKeyHeaderName = header);
            return;
        }

        if (document.ApiKeyHeader is { } wrong)
            Report($"is wrong at #/x-wso2-api-key-header: '{SafeText.Shorten(wrong)}' is no header that can carry a key. Set ApiKeyHeaderName to the one that the API reads.");
        string[] free = [.. keys.Select(key => key.Header).Where(name => !options.CredentialHeaders.ContainsKey(name)).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (free.Length == 1)
            Take(nameof(options.ApiKeyHeaderName), options.ApiKeyHeaderName = free[0]);
        else if (free.Length > 1)
            Report($"knows several headers for keys: {string.Join(", ", free.Select(name => $"'{SafeText.Shorten(name)}'"))}. Set ApiKeyHeaderName to the one for ApiKey, and the others in CredentialHeaders.");
    }

    private static bool IsSame(string header, string? other) => header.Equals(other, StringComparison.OrdinalIgnoreCase);

    private void Take(string setting, string value) => _taken.Add($"{setting} '{value}'");

    private void Report(string fault) => Add(options.BindingErrors, new DocumentException(document.Name, fault).Message);

    private void Note(string note) => Add(options.Notes, new DocumentException(document.Name, note).Message);

    private static void Add(List<string> list, string text)
    {
        if (!list.Contains(text))
            list.Add(text);
    }
}
