using static OpenIddict.Abstractions.OpenIddictConstants;

namespace OAuthClient.OpenIddict.Tests;

/// <summary>Tokens that are revoked (RFC 7009), by the client and by others; what has become of them tells introspection (RFC 7662).</summary>
public sealed class RevocationTests
{
    [Fact]
    public async Task RevokeAsync_AccessAndRefreshToken_AreBothInactiveAfterwards()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UsePassword);
        await app.GetTokenAsync();
        var issued = server.Exchanges[0].Response;
        Assert.Equal((true, true), (await IsActiveAsync(server, issued.AccessToken), await IsActiveAsync(server, issued.RefreshToken)));

        await app.RevokeAsync();

        Assert.Equal((false, false), (await IsActiveAsync(server, issued.AccessToken), await IsActiveAsync(server, issued.RefreshToken)));
    }

    [Fact]
    public async Task RevokeAsync_ThenACall_GetsANewTokenByTheClientsOwnGrant()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UsePassword);
        await app.CallAsync();
        await app.RevokeAsync();
        await app.CallAsync();

        Assert.Equal([GrantTypes.Password, GrantTypes.Password], server.Exchanges.Select(exchange => exchange.Request.GrantType));
    }

    [Fact]
    public async Task TokenThatOthersRevoked_RejectedByTheApi_IsReplacedWithinTheCall()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server);
        await app.CallAsync();
        await server.PostAsync("revoke", ("token", server.Exchanges[0].Response.AccessToken!));

        Assert.StartsWith("orders;", await app.CallAsync(), StringComparison.Ordinal);
        Assert.Equal(2, server.Exchanges.Count);
    }

    private static void UsePassword(OAuth2ClientOptions options)
    {
        (options.GrantType, options.Username, options.Password) = (GrantTypes.Password, OpenIddictServer.Username, OpenIddictServer.Password);
        options.Scopes.Add(Scopes.OfflineAccess);
    }

    private static async Task<bool> IsActiveAsync(OpenIddictServer server, string? token) =>
        (await server.PostAsync("introspect", ("token", token!))).GetProperty("active").GetBoolean();
}
