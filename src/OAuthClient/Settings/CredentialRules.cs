using System.Reflection;

namespace OAuthClient.Settings;

// Which settings a client authentication method and a grant need, and which contradict them.
internal static class CredentialRules
{
    private static readonly PropertyInfo[] _sources = typeof(OAuth2ClientOptions).GetProperties();

    public static void ValidateClient(OAuth2ClientOptions options, List<string> errors)
    {
        var method = options.ClientAuthenticationMethod ?? ClientAuthenticationMethod.ClientSecretBasic;
        var needsKey = method == ClientAuthenticationMethod.PrivateKeyJwt;
        var needsCertificate = method is ClientAuthenticationMethod.TlsClientAuth or ClientAuthenticationMethod.SelfSignedTlsClientAuth;
        var needsSecret = !needsKey && !needsCertificate && method != ClientAuthenticationMethod.None;
        string[] secrets = FindSources(options, nameof(options.ClientSecret), errors);
        string[] others = FindSources(options, nameof(options.SecondaryClientSecret), errors);
        string[] keys = FindSources(options, nameof(options.PrivateKey), errors);
        string[] assertions = FindSources(options, "ClientAssertion", errors);
        string[] certificates = FindSources(options, "ClientCertificate", errors);
        if (needsSecret && secrets.Length == 0 && options.Connection is null)
            errors.Add("ClientSecret is not set. Set it, ClientSecretFile or ClientSecretCallback; for a public client set ClientAuthenticationMethod to None.");
        if (needsKey && keys.Length + assertions.Length == 0)
            errors.Add("PrivateKey is not set, which ClientAuthenticationMethod PrivateKeyJwt needs. Set it, PrivateKeyFile or PrivateKeyCallback; for an assertion that the platform writes, ClientAssertionFile or ClientAssertionCallback.");
        if (needsCertificate && certificates.Length == 0)
            errors.Add($"ClientCertificateFile is not set, which ClientAuthenticationMethod {method} needs. Set it, or ClientCertificateCallback.");
        if (keys.Length > 0 && assertions.Length > 0)
            errors.Add($"{keys[0]} and {assertions[0]} are both set. Keep one.");
        foreach (var unused in (string[])[.. needsSecret ? [] : secrets.Concat(others).Take(1), .. needsKey ? [] : keys.Concat(assertions).Take(1)])
            errors.Add($"{unused} is set, but ClientAuthenticationMethod {method} sends {(unused.Contains("Secret", StringComparison.Ordinal) ? "no secret" : secrets.Length > 0 ? $"a secret, since {secrets[0]} is set" : "no assertion of it")}. Remove the one or change the other.");
        if (needsSecret && others.Length > 0 && secrets.Length == 0)
            errors.Add($"{others[0]} is set, but ClientSecret is not. The second one is for the time in which it takes the place of the first; set both.");
        if (options is { ClientCertificateKeyFile: not null, ClientCertificateFile: null })
            errors.Add("ClientCertificateKeyFile is set, but ClientCertificateFile is not. Set both.");
    }

    // The settings that begin so and say where something comes from. More than one is an error.
    private static string[] FindSources(OAuth2ClientOptions options, string setting, List<string> errors)
    {
        string[] sources = [.. _sources.Where(property => property.Name.StartsWith(setting, StringComparison.Ordinal) && property.Name[setting.Length..] is "" or "File" or "Callback" or "Client" && property.GetValue(options) is not null).Select(property => property.Name)];
        if (sources.Length > 1)
            errors.Add($"{string.Join(" and ", sources)} are both set. Keep one.");
        return sources;
    }

    public static void ValidateGrant(OAuth2ClientOptions options, List<string> errors)
    {
        if (Array.Find([GrantTypes.TokenExchange, GrantTypes.JwtBearer, GrantTypes.SamlBearer, GrantTypes.DeviceCode], known => known.EndsWith($":{options.GrantType}", StringComparison.OrdinalIgnoreCase)) is { } whole)
            errors.Add($"GrantType must be the whole wire value, {whole}, but is '{SafeText.Shorten(options.GrantType)}'.");
        var isExchange = options.GrantType is GrantTypes.TokenExchange;
        var isSwitch = options.GrantType == GrantTypes.OrganizationSwitch;
        ValidateUse(nameof(options.SubjectToken), isExchange || isSwitch, options, errors);
        ValidateUse(nameof(options.ActorToken), isExchange, options, errors);
        ValidateUse(nameof(options.Assertion), options.GrantType is GrantTypes.JwtBearer or GrantTypes.SamlBearer, options, errors);
        if (isSwitch != (options.SwitchingOrganization is not null))
            errors.Add(isSwitch ? "SwitchingOrganization is not set, which GrantType organization_switch needs." : $"SwitchingOrganization is set, but GrantType '{SafeText.Shorten(options.GrantType)}' sends none. Set GrantType to organization_switch, or remove it.");
        ValidateSignIn(options, errors);
    }

    private static void ValidateSignIn(OAuth2ClientOptions options, List<string> errors)
    {
        var isAgent = options.GrantType == GrantTypes.AuthorizationCode;
        var secrets = FindSources(options, nameof(options.AgentSecret), errors);
        if (isAgent && (options.AgentId is null || options.RedirectUri is null || secrets.Length == 0))
            errors.Add($"{(options.AgentId is null ? "AgentId" : options.RedirectUri is null ? "RedirectUri" : "AgentSecret")} is not set, which GrantType authorization_code needs: it is for agents, with AgentId, AgentSecret or AgentSecretFile, and RedirectUri. A user's sign-in needs a browser.");
        if (!isAgent && (options.AgentId ?? options.RedirectUri ?? secrets.FirstOrDefault()) is not null)
            errors.Add($"{(options.AgentId is not null ? "AgentId" : options.RedirectUri is not null ? "RedirectUri" : secrets[0])} is set, but GrantType '{SafeText.Shorten(options.GrantType)}' signs no agent in. Set GrantType to authorization_code, or remove it.");
        if (options is { GrantType: GrantTypes.DeviceCode, DeviceAuthorizationEndpoint: null, TokenEndpoint: not null })
            errors.Add($"DeviceAuthorizationEndpoint is not set, which GrantType {GrantTypes.DeviceCode} needs. Set it, or Provider for a built-in one, or Issuer in place of TokenEndpoint.");
    }

    private static void ValidateUse(string setting, bool isUsed, OAuth2ClientOptions options, List<string> errors)
    {
        if (FindSources(options, setting, errors) is [var source, ..] && !isUsed)
            errors.Add($"{source} is set, but GrantType '{SafeText.Shorten(options.GrantType)}' sends none. Set GrantType to one that does, or remove it.");
    }
}
