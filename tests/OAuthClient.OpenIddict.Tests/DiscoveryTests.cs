namespace OAuthClient.OpenIddict.Tests;

/// <summary>Endpoints that the issuer's metadata names (OpenID Connect Discovery 1.0 §4).</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public async Task Issuer_TokenEndpoint_IsFound()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UseIssuer(server.Address));

        Assert.StartsWith("orders;", await app.CallAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issuer_RevocationEndpoint_IsFound()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UseIssuer(server.Address));
        await app.GetTokenAsync();

        await app.RevokeAsync();

        var introspection = await server.PostAsync("introspect", ("token", server.Exchanges[0].Response.AccessToken!));
        Assert.False(introspection.GetProperty("active").GetBoolean());
    }

    /// <summary>The issuer is compared to the letter, so the message has to tell which one would do.</summary>
    [Fact]
    public async Task Issuer_WithoutTheSlashThatTheServersHas_IsRefusedAndToldTheRightOne()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UseIssuer(new Uri(server.Address.OriginalString.TrimEnd('/'))));

        var refusal = await app.RefusalAsync();

        Assert.Contains($"names the issuer '{server.Address}'", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(server.Exchanges);
    }

    private static Action<OAuth2ClientOptions> UseIssuer(Uri issuer) => options => (options.TokenEndpoint, options.RevocationEndpoint, options.Issuer) = (null, null, issuer);
}
