namespace OAuthClient.Tests;

public sealed class OAuth2ProviderExtensionsTests
{
    private static readonly Uri _server = new("https://wso2.example:9443");
    private static readonly Uri _endpoint = new("https://acme-dev.e1.choreosts.dev/oauth2/token");

    [Fact]
    public void UseAsgardeo_SetsProviderOrganizationAndRegion()
    {
        var options = new OAuth2ClientOptions().UseAsgardeo("acme", "EU");

        Assert.Equal(("Asgardeo", "acme", "EU", null), (options.Provider, options.Organization, options.Region, options.TokenEndpoint));
    }

    [Fact]
    public void UseChoreo_SetsProviderEndpointAndRegion()
    {
        var options = new OAuth2ClientOptions().UseChoreo(_endpoint, "EU");

        Assert.Equal(("Choreo", _endpoint, "EU"), (options.Provider, options.TokenEndpoint, options.Region));
    }

    [Fact]
    public void UseBijira_SetsProviderEndpointAndRegion()
    {
        var options = new OAuth2ClientOptions().UseBijira(_endpoint, "EU");

        Assert.Equal(("Bijira", _endpoint, "EU"), (options.Provider, options.TokenEndpoint, options.Region));
    }

    [Fact]
    public void UseDevant_SetsProviderAndEndpoint()
    {
        var options = new OAuth2ClientOptions().UseDevant(_endpoint);

        Assert.Equal(("Devant", _endpoint), (options.Provider, options.TokenEndpoint));
    }

    [Fact]
    public void UseApiManager_SetsProviderAndTheServersEndpoint()
    {
        var options = new OAuth2ClientOptions().UseApiManager(_server);

        Assert.Equal(("ApiManager", "https://wso2.example:9443/oauth2/token"), (options.Provider, options.TokenEndpoint?.AbsoluteUri));
    }

    [Theory]
    [InlineData(null, "https://wso2.example:9443/oauth2/token")]
    [InlineData("acme.com", "https://wso2.example:9443/t/acme.com/oauth2/token")]
    [InlineData("a/b", "https://wso2.example:9443/t/a%2Fb/oauth2/token")]
    public void UseIdentityServer_SetsProviderAndTheTenantsEndpoint(string? tenant, string expected)
    {
        var options = new OAuth2ClientOptions().UseIdentityServer(_server, tenant);

        Assert.Equal(("IdentityServer", expected), (options.Provider, options.TokenEndpoint?.AbsoluteUri));
    }

    [Fact]
    public void UseProvider_WithoutEndpointAndRegion_KeepsThoseThatAreSet()
    {
        var options = new OAuth2ClientOptions { TokenEndpoint = _endpoint, Region = "EU" }.UseChoreo();

        Assert.Equal((_endpoint, "EU"), (options.TokenEndpoint, options.Region));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    public void UseConnection_WithoutName_Throws(string? name) => Assert.ThrowsAny<ArgumentException>(() => new OAuth2ClientOptions().UseConnection(name!));

    [Fact]
    public void UseServer_WithoutAddress_Throws()
    {
        Assert.Throws<ArgumentNullException>(() => new OAuth2ClientOptions().UseApiManager(null!));
        Assert.Throws<ArgumentNullException>(() => new OAuth2ClientOptions().UseIdentityServer(null!));
    }
}
