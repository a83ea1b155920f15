using Microsoft.Extensions.Options;

namespace OAuthClient.DependencyInjection;

/// <summary>
/// Completes a client's options once all of them are set: white space around values goes, then connection and provider fill in
/// what is not set. Applying it twice changes nothing.
/// </summary>
internal sealed class OAuth2ClientOptionsDefaults : IPostConfigureOptions<OAuth2ClientOptions>
{
    public void PostConfigure(string? name, OAuth2ClientOptions options)
    {
        Trim(options);
        if (options.Connection is not null)
            ApplyConnection(options, options.Connection);
        if (ProviderPresets.Find(options.Provider) is { } preset)
            ApplyPreset(options, preset);
        options.ClientAuthenticationMethod ??= ClientAuthenticationMethod.ClientSecretBasic;
        options.BasicCredentialEncoding ??= BasicCredentialEncoding.FormUrlEncoded;
    }

    private static void Trim(OAuth2ClientOptions options)
    {
        options.Provider = TrimOrNull(options.Provider);
        options.Organization = TrimOrNull(options.Organization);
        options.Region = TrimOrNull(options.Region);
        options.Connection = TrimOrNull(options.Connection);
        options.ClientId = TrimOrNull(options.ClientId);
        options.ClientSecretFile = TrimOrNull(options.ClientSecretFile);
        options.GrantType = options.GrantType?.Trim() ?? "";
        options.Username = TrimOrNull(options.Username);
        options.Audience = TrimOrNull(options.Audience);
        options.HeaderName = options.HeaderName?.Trim() ?? "";
        options.HeaderScheme = options.HeaderScheme?.Trim() ?? "";
        options.ApiKey = TrimOrNull(options.ApiKey);
        options.ApiKeyHeaderName = TrimOrNull(options.ApiKeyHeaderName);

        // A secret may begin or end with a space; the line end that files and pipes append is never part of it.
        options.ClientSecret = TrimLineEnd(options.ClientSecret);
        options.Password = TrimLineEnd(options.Password);
        foreach (var (name, value) in options.Parameters.ToArray())
            options.Parameters[name] = TrimLineEnd(value) ?? "";
    }

    private static void ApplyConnection(OAuth2ClientOptions options, string name)
    {
        var missing = new List<string>();
        var connection = Connection.Read(name, options.ConnectionVariables, Environment.GetEnvironmentVariables(), missing);

        options.SendsNoToken |= connection.WantsNoToken && missing.Count == 0
            && options is { Provider: null, ClientId: null, ClientSecret: null, ClientSecretFile: null, ClientSecretCallback: null, TokenEndpoint: null, Issuer: null };
        options.ApiKey ??= connection.ApiKey;
        if (options.ApiKey is not null)
            options.ApiKeyHeaderName ??= Connection.ApiKeyHeaderName;
        options.ClientId ??= connection.ConsumerKey;
        if (options is { ClientSecretFile: null, ClientSecretCallback: null })
            options.ClientSecret ??= connection.ConsumerSecret;
        options.BaseAddress ??= ToUri(options, name, "service URL", connection.ServiceUrl);
        if (options.Issuer is null)
            options.TokenEndpoint ??= ToUri(options, name, "token URL", connection.TokenUrl);

        if (!options.SendsNoToken)
        {
            options.Provider ??= "Choreo";
            if (options is { TokenEndpoint: null, Issuer: null })
                missing.Add("the token URL");
            if (options.ClientId is null)
                missing.Add("the consumer key");
            if (options is { ClientSecret: null, ClientSecretFile: null, ClientSecretCallback: null } && options.ClientAuthenticationMethod != ClientAuthenticationMethod.None)
                missing.Add("the consumer secret");
        }

        if (options.BaseAddress is not null)
            missing.RemoveAll(variable => variable.EndsWith("_SERVICEURL", StringComparison.Ordinal));
        if (missing.Count > 0)
            Report(options, $"Connection '{name}' is incomplete: the environment holds no {string.Join(", no ", missing)}. Add the connection to the component, or name its variables with UseConnection(name, map).");
    }

    private static void ApplyPreset(OAuth2ClientOptions options, ProviderPreset preset)
    {
        if (options.Issuer is null && options.Connection is null)
            options.TokenEndpoint ??= preset.GetTokenEndpoint(options.Organization, options.Region);
        options.RevocationEndpoint ??= ProviderPreset.GetRevocationEndpoint(options.TokenEndpoint);
        options.ClientAuthenticationMethod ??= preset.ClientAuthenticationMethod;
        options.BasicCredentialEncoding ??= BasicCredentialEncoding.Raw;
    }

    private static Uri? ToUri(OAuth2ClientOptions options, string connection, string what, string? value)
    {
        if (value is null)
            return null;
        if (Uri.TryCreate(value, UriKind.Absolute, out var uri))
            return uri;
        Report(options, $"Connection '{connection}' holds a {what} that is no absolute URI. Mend the variable.");
        return null;
    }

    private static void Report(OAuth2ClientOptions options, string error)
    {
        if (!options.BindingErrors.Contains(error))
            options.BindingErrors.Add(error);
    }

    private static string? TrimOrNull(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private static string? TrimLineEnd(string? value) => value?.TrimEnd('\r', '\n') is { Length: > 0 } trimmed ? trimmed : null;
}
