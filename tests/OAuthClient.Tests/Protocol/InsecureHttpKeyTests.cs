
namespace OAuthClient.Tests.Protocol;

/// <summary>A client that takes https alone shares no token with one that may have got it over plain http.</summary>
public sealed class InsecureHttpKeyTests
{
    [Theory]
    [InlineData("https+http://idp/token", null)]
    [InlineData("http+https://idp/token", null)]
    [InlineData(null, "https://idp.example/")]
    [InlineData(null, "https+http://idp/")]
    public void Key_OfAClientThatAllowsHttp_DiffersWhereTheEndpointIsLookedUpOrResolved(string? tokenEndpoint, string? issuer)
    {
        var strict = Create(tokenEndpoint, issuer, allowInsecureHttp: false);
        var lax = Create(tokenEndpoint, issuer, allowInsecureHttp: true);

        Assert.NotEqual(strict.Key, lax.Key);
        Assert.NotEqual(strict.GetIdentity(), lax.GetIdentity());
    }

    [Fact]
    public void Key_OfAClientThatAllowsHttp_IsTheSameWhereTheEndpointIsTheSame() =>
        Assert.Equal(Create("https://idp.example/token", null, allowInsecureHttp: false).Key, Create("https://idp.example/token", null, allowInsecureHttp: true).Key);

    private static TokenSpec Create(string? tokenEndpoint, string? issuer, bool allowInsecureHttp)
    {
        var options = new OAuth2ClientOptions
        {
            TokenEndpoint = tokenEndpoint is null ? null : new Uri(tokenEndpoint),
            Issuer = issuer is null ? null : new Uri(issuer),
            AllowInsecureHttp = allowInsecureHttp,
            ClientId = "id",
            ClientSecret = "secret",
        };
        return new TokenSpec(new ClientProtocol(new ClientSettings("orders", options)), overrides: null);
    }
}
