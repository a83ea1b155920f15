namespace OAuthClient;

/// <summary>One row of <see cref="ProviderPresets"/>: what a provider fixes, and a user may override.</summary>
/// <param name="Name">The value of <see cref="OAuth2ClientOptions.Provider"/>.</param>
/// <param name="TokenEndpoint">The endpoint, with <c>{organization}</c> in it where it has one; null where the provider has no host that all users share.</param>
/// <param name="EuropeanHost">The host that stands for that of <paramref name="TokenEndpoint"/> in the region EU; null where there is none.</param>
/// <param name="ClientAuthenticationMethod">The default client authentication.</param>
/// <param name="EndpointHint">Where a user finds the token endpoint.</param>
internal sealed record ProviderPreset(
    string Name,
    string? TokenEndpoint,
    string? EuropeanHost,
    ClientAuthenticationMethod ClientAuthenticationMethod,
    string EndpointHint)
{
    public bool NeedsOrganization => TokenEndpoint?.Contains("{organization}", StringComparison.Ordinal) ?? false;

    /// <summary>The default endpoint, or null where a setting that it needs is missing.</summary>
    public Uri? GetTokenEndpoint(string? organization, string? region)
    {
        if (TokenEndpoint is null || (NeedsOrganization && string.IsNullOrEmpty(organization)))
            return null;

        var endpoint = new UriBuilder(TokenEndpoint.Replace("{organization}", Uri.EscapeDataString(organization ?? ""), StringComparison.Ordinal));
        if (string.Equals(region, "EU", StringComparison.OrdinalIgnoreCase))
            endpoint.Host = EuropeanHost ?? endpoint.Host;
        return endpoint.Uri;
    }

    /// <summary>Every provider revokes beside the endpoint that issues: <c>.../oauth2/token</c> and <c>.../oauth2/revoke</c>.</summary>
    public static Uri? GetRevocationEndpoint(Uri? tokenEndpoint) =>
        tokenEndpoint is { IsAbsoluteUri: true } && tokenEndpoint.AbsolutePath.EndsWith("/token", StringComparison.Ordinal)
            ? new Uri(tokenEndpoint, "revoke")
            : null;
}
