using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace OAuthClient.Settings;

// Completes a client's options: white space around values goes, connection and provider fill in what is not set. Twice changes nothing more.
internal sealed class OAuth2ClientOptionsDefaults(IConfiguration? configuration = null) : IPostConfigureOptions<OAuth2ClientOptions>
{
    private static readonly PropertyInfo[] _texts = [.. typeof(OAuth2ClientOptions).GetProperties().Where(property => property.PropertyType == typeof(string))];

    private static readonly OAuth2ClientOptions _none = new();

    // Reads the variables in which connections are looked for: those of the process, unless a test has others.
    internal Func<IDictionary> ReadEnvironment { private get; init; } = Environment.GetEnvironmentVariables;

    // The host knows where its program's files are; the working directory of a service is another.
    private string FilesFolder => configuration?["contentRoot"] ?? "";

    public void PostConfigure(string? name, OAuth2ClientOptions options)
    {
        Trim(options);
        options.ClientAuthenticationMethod ??= GetMethod(options);
        if (options.Connection is not null)
            ApplyConnection(options, options.Connection);
        foreach (var complete in options.Completions)
            complete(options, FilesFolder);
        if (ProviderPresets.Find(options.Provider) is { } preset)
            ApplyPreset(options, preset);

        // Where the endpoint is looked up, so is how it wants the secret.
        if (options.TokenEndpoint is not null || options.Issuer is null)
            options.ClientAuthenticationMethod ??= ClientAuthenticationMethod.ClientSecretBasic;
        options.BasicCredentialEncoding ??= BasicCredentialEncoding.FormUrlEncoded;
    }

    // What a client has set besides a secret makes its method.
    private static ClientAuthenticationMethod? GetMethod(OAuth2ClientOptions options) =>
        (options.ClientSecret ?? options.ClientSecretFile ?? (object?)options.ClientSecretCallback) is not null ? null
        : (options.PrivateKey ?? options.PrivateKeyFile ?? options.PrivateKeyCallback ?? options.ClientAssertionFile ?? (object?)options.ClientAssertionCallback) is not null ? ClientAuthenticationMethod.PrivateKeyJwt
        : (options.ClientCertificateFile ?? (object?)options.ClientCertificateCallback) is not null ? ClientAuthenticationMethod.TlsClientAuth
        : null;

    private void Trim(OAuth2ClientOptions options)
    {
        foreach (var setting in _texts)
        {
            // A secret may begin or end with a space; the line end that files and pipes append is never part of it.
            var text = (string?)setting.GetValue(options);
            text = setting.Name.EndsWith("Secret", StringComparison.Ordinal) || setting.Name.EndsWith("Password", StringComparison.Ordinal) ? TrimLineEnd(text) : TrimOrNull(text);

            if (text is not null && setting.Name.EndsWith("File", StringComparison.Ordinal))
                text = Path.Combine(FilesFolder, text);
            text ??= setting.Name is nameof(options.GrantType) or nameof(options.HeaderName) or nameof(options.HeaderScheme) ? "" : (string?)setting.GetValue(_none);
            if (text != (string?)setting.GetValue(options))
                setting.SetValue(options, text);
        }

        foreach (var fields in new[] { options.Parameters, options.CredentialHeaders })
        {
            foreach (var (name, value) in fields.ToArray())
                fields[name] = TrimLineEnd(value) ?? "";
        }
    }

    private void ApplyConnection(OAuth2ClientOptions options, string name)
    {
        var connection = new Connection(name, options.ConnectionVariables, ReadEnvironment());
        var missing = new List<string>();
        options.SendsNoToken |= connection.WantsNoToken
            && options.Provider?.ToUpperInvariant() is null or "CHOREO" or "DEVANT"
            && options is { ClientId: null, ClientSecret: null, ClientSecretFile: null, ClientSecretCallback: null, TokenEndpoint: null, Issuer: null };

        // The platform writes no slash at the end, without which a relative address would replace the last segment.
        options.BaseAddress ??= TakeUri(connection.ServiceUrl) is { } url ? EndWithSlash(url) : null;
        options.ApiKey ??= Take(connection.ApiKey, isNeeded: false);
        if (options.ApiKey is not null)
            options.ApiKeyHeaderName ??= Connection.ApiKeyHeaderName;

        if (!options.SendsNoToken)
        {
            options.Provider ??= "Choreo";
            if (options.Issuer is null)
                options.TokenEndpoint ??= TakeUri(connection.TokenUrl);
            options.ClientId ??= Take(connection.ConsumerKey, isNeeded: true);
            if (options is { ClientSecretFile: null, ClientSecretCallback: null, ClientAuthenticationMethod: null or ClientAuthenticationMethod.ClientSecretBasic or ClientAuthenticationMethod.ClientSecretPost or ClientAuthenticationMethod.ClientSecretJwt })
                options.ClientSecret ??= Take(connection.ConsumerSecret, isNeeded: true);
        }

        if (missing.Count > 0 && connection.IsAbsent)
            Report(options, $"Connection '{name}' is not there: no environment variable begins with {connection.Prefixes}. Add the connection to the component, or name its variables with UseConnection(name, map).");
        else if (missing.Count > 0)
            Report(options, $"Connection '{name}' is incomplete: the environment has no {string.Join(" and no ", missing)}. Add the connection to the component anew, or name its variables with UseConnection(name, map).");

        string? Take(Connection.Variable variable, bool isNeeded)
        {
            if (variable.Value is null && (isNeeded || variable.IsMapped))
                missing.Add(variable.Name);
            return variable.Value;
        }

        Uri? TakeUri(Connection.Variable variable)
        {
            if (Take(variable, isNeeded: true) is not { } value)
                return null;
            if (Uri.TryCreate(value, UriKind.Absolute, out var uri))
                return uri;
            // Its value is not shown: two variables that were mixed up would show a secret.
            Report(options, $"Connection '{name}': {variable.Name} must hold an absolute URI, and does not.");
            return null;
        }
    }

    private static void ApplyPreset(OAuth2ClientOptions options, ProviderPreset preset)
    {
        if (options.Issuer is null && options.Connection is null)
            options.TokenEndpoint ??= preset.GetTokenEndpoint(options.Organization, options.Region);
        options.RevocationEndpoint ??= ProviderPreset.GetNeighbour(options.TokenEndpoint, "revoke");
        options.DeviceAuthorizationEndpoint ??= ProviderPreset.GetNeighbour(options.TokenEndpoint, "device_authorize");
        options.IntrospectionEndpoint ??= ProviderPreset.GetNeighbour(options.TokenEndpoint, "introspect");
        options.ClientAuthenticationMethod ??= preset.ClientAuthenticationMethod;
        options.BasicCredentialEncoding ??= BasicCredentialEncoding.Raw;
    }

    private static void Report(OAuth2ClientOptions options, string error)
    {
        if (!options.BindingErrors.Contains(error))
            options.BindingErrors.Add(error);
    }

    private static Uri EndWithSlash(Uri url) => url.OriginalString.EndsWith('/') ? url : new Uri(url.OriginalString + "/");

    private static string? TrimOrNull(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private static string? TrimLineEnd(string? value) => value?.TrimEnd('\r', '\n') is { Length: > 0 } trimmed ? trimmed : null;
}
