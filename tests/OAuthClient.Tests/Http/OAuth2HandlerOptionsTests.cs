using Microsoft.Extensions.Options;

namespace OAuthClient.Tests.Http;

/// <summary>Options are checked without a container as they are within one.</summary>
public sealed class OAuth2HandlerOptionsTests
{
    [Fact]
    public void Create_WithoutAnySetting_ListsAllThatIsMissing()
    {
        var exception = Assert.Throws<OptionsValidationException>(() => OAuth2Handler.Create(new OAuth2ClientOptions()));

        Assert.Contains("TokenEndpoint", exception.Message, StringComparison.Ordinal);
        Assert.Contains("ClientId", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://idp.example/token", "TokenEndpoint")]
    [InlineData("https://user:pw@idp.example/token", "TokenEndpoint")]
    public void Create_WithASettingThatIsWrong_NamesIt(string endpoint, string setting)
    {
        var options = new OAuth2ClientOptions { TokenEndpoint = new Uri(endpoint), ClientId = "a", ClientSecret = "s", BaseAddress = new Uri("https://api.example/") };

        var exception = Assert.Throws<OptionsValidationException>(() => OAuth2Handler.Create(options));

        Assert.Contains(setting, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WithRevokeOnShutdown_SaysThatThereIsNoHost()
    {
        var options = new OAuth2ClientOptions { Provider = "Asgardeo", Organization = "acme", ClientId = "a", ClientSecret = "s", RevokeOnShutdown = true };

        var exception = Assert.Throws<OptionsValidationException>(() => OAuth2Handler.Create(options));

        Assert.Contains("RevokeOnShutdown is set, but a handler without a container has no host that stops. Remove it.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WithAProviderAlone_FillsInItsEndpoint()
    {
        var options = new OAuth2ClientOptions { Provider = "Asgardeo", Organization = "acme", ClientId = "a", ClientSecret = "s", BaseAddress = new Uri("https://api.example/") };

        using var handler = OAuth2Handler.Create(options);

        Assert.Equal("https://api.asgardeo.io/t/acme/oauth2/token", options.TokenEndpoint?.AbsoluteUri);
    }
}
