namespace OAuthClient.Settings;

// What the built-in providers fix. All of them read Basic credentials raw.
internal static class ProviderPresets
{
    private const ClientAuthenticationMethod Basic = OAuthClient.ClientAuthenticationMethod.ClientSecretBasic;
    private const ClientAuthenticationMethod Post = OAuthClient.ClientAuthenticationMethod.ClientSecretPost;

    private static readonly ProviderPreset[] _all =
    [
        new("Asgardeo", "https://api.asgardeo.io/t/{organization}/oauth2/token", "api.eu.asgardeo.io", Post, "the application's Info tab in the Asgardeo console shows it"),
        new("Bijira", "https://sts.choreo.dev/oauth2/token", "sts.eu.choreo.dev", Basic, "the developer portal shows it beside the application's keys"),
        new("Choreo", "https://sts.choreo.dev/oauth2/token", "sts.eu.choreo.dev", Basic, "the developer portal shows it beside the application's keys"),
        new("Devant", null, null, Basic, "the developer portal shows it beside the application's keys"),
        new("ApiManager", null, null, Basic, "it is https://<host>:9443/oauth2/token"),
        new("IdentityServer", null, null, Basic, "it is https://<host>:9443/oauth2/token, or https://<host>:9443/t/<tenant>/oauth2/token"),
    ];

    public static string Names { get; } = string.Join(", ", _all.Select(preset => preset.Name));

    public static ProviderPreset? Find(string? name) =>
        Array.Find(_all, preset => string.Equals(preset.Name, name, StringComparison.OrdinalIgnoreCase));
}

internal sealed record ProviderPreset(
    string Name,
    string? TokenEndpoint, // With {organization} in it where it has one; null where the provider has no host that all users share.
    string? EuropeanHost, // Stands for the host of TokenEndpoint in the region EU; null where there is none.
    ClientAuthenticationMethod ClientAuthenticationMethod,
    string EndpointHint)
{
    public bool NeedsOrganization => TokenEndpoint?.Contains("{organization}", StringComparison.Ordinal) ?? false;

    public Uri? GetTokenEndpoint(string? organization, string? region)
    {
        if (TokenEndpoint is null || (NeedsOrganization && string.IsNullOrEmpty(organization)))
            return null;

        var endpoint = new UriBuilder(TokenEndpoint.Replace("{organization}", string.Join("/o/", (organization ?? "").Split("/o/", 2).Select(Uri.EscapeDataString)), StringComparison.Ordinal));
        if (string.Equals(region, "EU", StringComparison.OrdinalIgnoreCase))
            endpoint.Host = EuropeanHost ?? endpoint.Host;
        return endpoint.Uri;
    }

    // Every provider has its other endpoints beside the one that issues: .../oauth2/token, .../oauth2/revoke.
    public static Uri? GetNeighbour(Uri? tokenEndpoint, string name) =>
        tokenEndpoint is { IsAbsoluteUri: true, UserInfo.Length: 0 } && tokenEndpoint.AbsolutePath.EndsWith("/token", StringComparison.Ordinal) ? new Uri(tokenEndpoint, name) : null;
}
