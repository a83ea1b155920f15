namespace OAuthClient;

/// <summary>The built-in providers by method; the same as setting <see cref="OAuth2ClientOptions.Provider"/> and what goes with it.</summary>
public static class OAuth2ProviderExtensions
{
    /// <summary>Asgardeo: <c>https://api.asgardeo.io/t/{organization}/oauth2/token</c>, client id and secret in the form.</summary>
    /// <param name="options">The client's options.</param>
    /// <param name="organization">The organization's name, as in the console's address.</param>
    /// <param name="region"><c>US</c> (the default) or <c>EU</c>.</param>
    /// <param name="childOrganization">The id of an organization under it whose tokens are asked for; null: the organization itself.</param>
    /// <returns>The same options.</returns>
    public static OAuth2ClientOptions UseAsgardeo(this OAuth2ClientOptions options, string organization, string? region = null, string? childOrganization = null)
    {
        Use(options, "Asgardeo", tokenEndpoint: null, region).Organization = childOrganization is null ? organization : $"{organization}/o/{childOrganization}";
        return options;
    }

    /// <summary>Choreo: the token service <c>https://sts.choreo.dev/oauth2/token</c>, or the environment's own.</summary>
    /// <param name="options">The client's options.</param>
    /// <param name="tokenEndpoint">The environment's token endpoint, as the developer portal shows it; null: the shared one.</param>
    /// <param name="region"><c>US</c> (the default) or <c>EU</c>; for the shared endpoint.</param>
    /// <returns>The same options.</returns>
    public static OAuth2ClientOptions UseChoreo(this OAuth2ClientOptions options, Uri? tokenEndpoint = null, string? region = null) =>
        Use(options, "Choreo", tokenEndpoint, region);

    /// <summary>Bijira: the token service <c>https://sts.choreo.dev/oauth2/token</c>, or the environment's own.</summary>
    /// <inheritdoc cref="UseChoreo"/>
    public static OAuth2ClientOptions UseBijira(this OAuth2ClientOptions options, Uri? tokenEndpoint = null, string? region = null) =>
        Use(options, "Bijira", tokenEndpoint, region);

    /// <summary>Devant, which has no token endpoint that all users share.</summary>
    /// <param name="options">The client's options.</param>
    /// <param name="tokenEndpoint">The token endpoint, as the developer portal shows it; null: set it elsewhere.</param>
    /// <returns>The same options.</returns>
    public static OAuth2ClientOptions UseDevant(this OAuth2ClientOptions options, Uri? tokenEndpoint = null) =>
        Use(options, "Devant", tokenEndpoint, region: null);

    /// <summary>WSO2 API Manager: <c>{server}/oauth2/token</c>.</summary>
    /// <param name="options">The client's options.</param>
    /// <param name="server">The server's address, such as <c>https://apim.example:9443</c>.</param>
    /// <returns>The same options.</returns>
    public static OAuth2ClientOptions UseApiManager(this OAuth2ClientOptions options, Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return Use(options, "ApiManager", new Uri(server, "/oauth2/token"), region: null);
    }

    /// <summary>WSO2 Identity Server: <c>{server}/oauth2/token</c>, or <c>{server}/t/{tenant}/oauth2/token</c>.</summary>
    /// <param name="options">The client's options.</param>
    /// <param name="server">The server's address, such as <c>https://is.example:9443</c>.</param>
    /// <param name="tenant">The tenant; null: the server's own.</param>
    /// <param name="childOrganization">The id of an organization under the tenant whose tokens are asked for, from version 7.3 on; null: the tenant itself.</param>
    /// <returns>The same options.</returns>
    public static OAuth2ClientOptions UseIdentityServer(this OAuth2ClientOptions options, Uri server, string? tenant = null, string? childOrganization = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        var path = tenant is null && childOrganization is null ? "" : $"/t/{Uri.EscapeDataString(tenant ?? "carbon.super")}";
        path += childOrganization is null ? "/oauth2/token" : $"/o/{Uri.EscapeDataString(childOrganization)}/oauth2/token";
        return Use(options, "IdentityServer", new Uri(server, path), region: null);
    }

    /// <summary>
    /// A Choreo or Devant connection: base address, client id, secret, token endpoint and API key from the environment variables that the
    /// platform injects. What is set on the options as well wins. A connection with neither key, secret nor token URL sends no token.
    /// </summary>
    /// <param name="options">The client's options.</param>
    /// <param name="name">The connection's name, such as <c>ORDERS</c>.</param>
    /// <param name="map">Says which variables hold what, where the component gives them names of its own.</param>
    /// <returns>The same options.</returns>
    public static OAuth2ClientOptions UseConnection(this OAuth2ClientOptions options, string name, Action<ConnectionVariables>? map = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        options.Connection = name;
        options.ConnectionVariables = new ConnectionVariables();
        map?.Invoke(options.ConnectionVariables);
        return options;
    }

    private static OAuth2ClientOptions Use(OAuth2ClientOptions options, string provider, Uri? tokenEndpoint, string? region)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Provider = provider;
        options.TokenEndpoint = tokenEndpoint ?? options.TokenEndpoint;
        options.Region = region ?? options.Region;
        return options;
    }
}
