namespace OAuthClient;

// One row of ProviderPresets: what a provider fixes, and a user may override.
// Name: The value of Provider.
// TokenEndpoint: The endpoint, with {organization} in it where it has one; null where the provider has no host that all users share.
// EuropeanHost: The host that stands for that of TokenEndpoint in the region EU; null where there is none.
// ClientAuthenticationMethod: The default client authentication.
// EndpointHint: Where a user finds the token endpoint.
internal sealed record ProviderPreset(
    string Name,
    string? TokenEndpoint,
    string? EuropeanHost,
    ClientAuthenticationMethod ClientAuthenticationMethod,
    string EndpointHint)
{
    public bool NeedsOrganization => TokenEndpoint?.Contains("{organization}", StringComparison.Ordinal) ?? false;

    // The default endpoint, or null where a setting that it needs is missing.
    public Uri? GetTokenEndpoint(string? organization, string? region)
    {
        if (TokenEndpoint is null || (NeedsOrganization && string.IsNullOrEmpty(organization)))
            return null;

        var endpoint = new UriBuilder(TokenEndpoint.Replace("{organization}", Uri.EscapeDataString(organization ?? ""), StringComparison.Ordinal));
        if (string.Equals(region, "EU", StringComparison.OrdinalIgnoreCase))
            endpoint.Host = EuropeanHost ?? endpoint.Host;
        return endpoint.Uri;
    }

    // Every provider revokes beside the endpoint that issues: .../oauth2/token and .../oauth2/revoke.
    public static Uri? GetRevocationEndpoint(Uri? tokenEndpoint) =>
        tokenEndpoint is { IsAbsoluteUri: true } && tokenEndpoint.AbsolutePath.EndsWith("/token", StringComparison.Ordinal)
            ? new Uri(tokenEndpoint, "revoke")
            : null;
}
