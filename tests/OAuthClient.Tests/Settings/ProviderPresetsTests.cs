
namespace OAuthClient.Tests.Settings;

public sealed class ProviderPresetsTests
{
    [Theory]
    [InlineData("Asgardeo", null, "https://api.asgardeo.io/t/acme/oauth2/token", "https://api.asgardeo.io/t/acme/oauth2/revoke")]
    [InlineData("Asgardeo", "US", "https://api.asgardeo.io/t/acme/oauth2/token", "https://api.asgardeo.io/t/acme/oauth2/revoke")]
    [InlineData("Asgardeo", "eu", "https://api.eu.asgardeo.io/t/acme/oauth2/token", "https://api.eu.asgardeo.io/t/acme/oauth2/revoke")]
    [InlineData("Choreo", null, "https://sts.choreo.dev/oauth2/token", "https://sts.choreo.dev/oauth2/revoke")]
    [InlineData("Choreo", "EU", "https://sts.eu.choreo.dev/oauth2/token", "https://sts.eu.choreo.dev/oauth2/revoke")]
    [InlineData("Bijira", null, "https://sts.choreo.dev/oauth2/token", "https://sts.choreo.dev/oauth2/revoke")]
    [InlineData("Bijira", "EU", "https://sts.eu.choreo.dev/oauth2/token", "https://sts.eu.choreo.dev/oauth2/revoke")]
    [InlineData("choreo", null, "https://sts.choreo.dev/oauth2/token", "https://sts.choreo.dev/oauth2/revoke")]
    public void Preset_WithHostOfItsOwn_FillsInTheEndpoints(string provider, string? region, string token, string revocation)
    {
        var options = Complete(new OAuth2ClientOptions { Provider = provider, Region = region, Organization = "acme", ClientId = "app", ClientSecret = "secret" });

        Assert.Equal((token, revocation), (options.TokenEndpoint!.AbsoluteUri, options.RevocationEndpoint!.AbsoluteUri));
    }

    [Theory]
    [InlineData("Devant")]
    [InlineData("ApiManager")]
    [InlineData("IdentityServer")]
    public void Preset_WithoutHostOfItsOwn_TakesTheTokenEndpointAndRevokesBesideIt(string provider)
    {
        var options = Complete(new OAuth2ClientOptions { Provider = provider, TokenEndpoint = new Uri("https://idp.example:9443/oauth2/token"), ClientId = "app", ClientSecret = "secret" });

        Assert.Equal("https://idp.example:9443/oauth2/revoke", options.RevocationEndpoint!.AbsoluteUri);
    }

    [Theory]
    [InlineData("Asgardeo", ClientAuthenticationMethod.ClientSecretPost)]
    [InlineData("Bijira", ClientAuthenticationMethod.ClientSecretBasic)]
    [InlineData("Choreo", ClientAuthenticationMethod.ClientSecretBasic)]
    [InlineData("Devant", ClientAuthenticationMethod.ClientSecretBasic)]
    [InlineData("ApiManager", ClientAuthenticationMethod.ClientSecretBasic)]
    [InlineData("IdentityServer", ClientAuthenticationMethod.ClientSecretBasic)]
    public void Preset_FillsInAuthenticationAndEncodingAndIsValid(string provider, ClientAuthenticationMethod method)
    {
        var options = Complete(new OAuth2ClientOptions { Provider = provider, TokenEndpoint = new Uri("https://idp.example/oauth2/token"), ClientId = "app", ClientSecret = "secret" });

        Assert.Equal((method, BasicCredentialEncoding.Raw), (options.ClientAuthenticationMethod, options.BasicCredentialEncoding));
    }

    [Fact]
    public void Preset_EverySettingSetByTheUser_Stays()
    {
        var options = Complete(new OAuth2ClientOptions
        {
            Provider = "Asgardeo",
            Organization = "acme",
            ClientId = "app",
            ClientSecret = "secret",
            TokenEndpoint = new Uri("https://idp.example/token"),
            RevocationEndpoint = new Uri("https://idp.example/gone"),
            ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretBasic,
            BasicCredentialEncoding = BasicCredentialEncoding.FormUrlEncoded,
        });

        Assert.Equal(("https://idp.example/token", "https://idp.example/gone"), (options.TokenEndpoint!.AbsoluteUri, options.RevocationEndpoint!.AbsoluteUri));
        Assert.Equal((ClientAuthenticationMethod.ClientSecretBasic, BasicCredentialEncoding.FormUrlEncoded), (options.ClientAuthenticationMethod, options.BasicCredentialEncoding));
    }

    [Fact]
    public void Preset_OneSettingSetByTheUser_FillsInTheOthers()
    {
        var options = Complete(new OAuth2ClientOptions { Provider = "Asgardeo", Organization = "acme", ClientId = "app", ClientSecret = "secret", BasicCredentialEncoding = BasicCredentialEncoding.FormUrlEncoded });

        Assert.Equal("https://api.asgardeo.io/t/acme/oauth2/token", options.TokenEndpoint!.AbsoluteUri);
        Assert.Equal((ClientAuthenticationMethod.ClientSecretPost, BasicCredentialEncoding.FormUrlEncoded), (options.ClientAuthenticationMethod, options.BasicCredentialEncoding));
    }

    [Fact]
    public void Preset_WithIssuer_LeavesTheEndpointsToIt()
    {
        var options = Complete(new OAuth2ClientOptions { Provider = "Choreo", Issuer = new Uri("https://acme.choreosts.dev/oauth2/token"), ClientId = "app", ClientSecret = "secret" });

        Assert.Null(options.TokenEndpoint);
        Assert.Null(options.RevocationEndpoint);
    }

    [Fact]
    public void Preset_TokenEndpointOfAnotherShape_GuessesNoRevocationEndpoint()
    {
        var options = Complete(new OAuth2ClientOptions { Provider = "Devant", TokenEndpoint = new Uri("https://idp.example/issue"), ClientId = "app", ClientSecret = "secret" });

        Assert.Null(options.RevocationEndpoint);
    }

    [Fact]
    public void Preset_OrganizationWithReservedCharacters_StaysOneSegment()
    {
        var options = Complete(new OAuth2ClientOptions { Provider = "Asgardeo", Organization = "a/b?c", ClientId = "app", ClientSecret = "secret" });

        Assert.Equal("https://api.asgardeo.io/t/a%2Fb%3Fc/oauth2/token", options.TokenEndpoint!.AbsoluteUri);
    }

    private static OAuth2ClientOptions Complete(OAuth2ClientOptions options)
    {
        new OAuth2ClientOptionsDefaults().PostConfigure("orders", options);
        Assert.Null(new OAuth2ClientOptionsValidator().Validate("orders", options).FailureMessage);
        return options;
    }
}
