using static OpenIddict.Abstractions.OpenIddictConstants;

namespace OAuthClient.OpenIddict.Tests;

/// <summary>Refresh tokens of a server that replaces each when it is used, and takes a second use for theft (RFC 9700 §4.14.2).</summary>
public sealed class RefreshTokenTests
{
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    [Fact]
    public async Task Password_ExpiredToken_IsRefreshedEachTimeWithTheNewestRefreshToken()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UsePassword);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("ann; scope offline_access orders:read; for ", await app.CallAsync());
            server.Clock.Advance(_life);
        }

        Assert.Equal([GrantTypes.Password, GrantTypes.RefreshToken, GrantTypes.RefreshToken], GrantTypesOf(server));
        Assert.Equal(
            server.Exchanges.Take(2).Select(exchange => exchange.Response.RefreshToken),
            server.Exchanges.Skip(1).Select(exchange => exchange.Request.RefreshToken));
        Assert.Equal(3, server.Exchanges.Select(exchange => exchange.Response.RefreshToken).Distinct().Count());
    }

    [Fact]
    public async Task Password_RefreshTokenThatSomebodyElseUsed_IsReplacedByThePassword()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UsePassword);
        await app.CallAsync();
        var stolen = await RefreshElsewhereAsync(server, server.Exchanges[0].Response.RefreshToken!);
        server.Clock.Advance(_life);

        await app.CallAsync();

        Assert.Equal(
            [(GrantTypes.Password, null), (GrantTypes.RefreshToken, null), (GrantTypes.RefreshToken, Errors.InvalidGrant), (GrantTypes.Password, null)],
            server.Exchanges.Select(exchange => (exchange.Request.GrantType, exchange.Response.Error)));
        Assert.Null(await RefreshElsewhereAsync(server, stolen!));

        // The thief's family has ended, and the client's new one goes on.
        server.Clock.Advance(_life);
        await app.CallAsync();
        Assert.Equal((GrantTypes.RefreshToken, null), (server.Exchanges[^1].Request.GrantType, server.Exchanges[^1].Response.Error));
    }

    [Fact]
    public async Task Password_WrongOne_IsNotSentAgainWhileItIsBarred()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, options =>
        {
            UsePassword(options);
            options.Password = "wrong";
        });

        var refusal = await app.RefusalAsync();
        await app.RefusalAsync("orders:write");

        Assert.Equal((Errors.InvalidGrant, false), (refusal.Error, refusal.IsTransient));
        Assert.Single(server.Exchanges);
    }

    /// <summary>The server gives a refresh token to those who ask for offline_access alone.</summary>
    [Fact]
    public async Task Password_NoRefreshToken_SendsThePasswordAgain()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, options =>
        {
            UsePassword(options);
            options.Scopes.Clear();
        });

        await app.CallAsync();
        server.Clock.Advance(_life);
        await app.CallAsync();

        Assert.Equal([GrantTypes.Password, GrantTypes.Password], GrantTypesOf(server));
    }

    [Fact]
    public async Task RefreshTokenAlone_IsReplacedEachTime()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UseRefreshToken(await SignInElsewhereAsync(server)));
        for (var i = 0; i < 3; i++)
        {
            Assert.StartsWith("ann;", await app.CallAsync(), StringComparison.Ordinal);
            server.Clock.Advance(_life);
        }

        Assert.Equal(
            server.Exchanges.Take(3).Select(exchange => exchange.Response.RefreshToken),
            server.Exchanges.Skip(1).Select(exchange => exchange.Request.RefreshToken));
        Assert.Equal(4, server.Exchanges.Select(exchange => exchange.Response.RefreshToken).Distinct().Count());
    }

    [Fact]
    public async Task RefreshTokenAlone_AskedForFewerScopes_GetsThemAndKeepsTheOthers()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UseRefreshToken(await SignInElsewhereAsync(server)));

        var narrow = await app.GetTokenAsync("orders:read");
        var whole = await app.GetTokenAsync();

        Assert.Equal("orders:read", narrow.Scope);
        Assert.Equal("offline_access orders:read orders:write", string.Join(' ', whole.Scope!.Split(' ').Order()));
    }

    /// <summary>The server says invalid_grant, as if the refresh token were spent, which it is not.</summary>
    [Fact]
    public async Task RefreshTokenAlone_AskedForMoreScopesThanWereGranted_IsNotLost()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UseRefreshToken(await SignInElsewhereAsync(server, "orders:read offline_access")));

        var refusal = await app.RefusalAsync("orders:write");
        Assert.Equal(Errors.InvalidGrant, refusal.Error);
        server.Clock.Advance(refusal.RetryAfter!.Value);

        await app.GetTokenAsync("orders:read");
    }

    [Fact]
    public async Task RefreshTokenAlone_ThatSomebodyElseUsed_SaysToSignInAgain()
    {
        await using var server = await OpenIddictServer.StartAsync();
        var refreshToken = await SignInElsewhereAsync(server);
        await RefreshElsewhereAsync(server, refreshToken);
        server.Clock.Advance(_life);
        await using var app = new OrdersApp(server, UseRefreshToken(refreshToken));

        var refusal = await app.RefusalAsync();

        Assert.Equal((Errors.InvalidGrant, false), (refusal.Error, refusal.IsTransient));
        Assert.EndsWith("sign in again for a new refresh token.", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(3, server.Exchanges.Count);
    }

    private static IEnumerable<string?> GrantTypesOf(OpenIddictServer server) => server.Exchanges.Select(exchange => exchange.Request.GrantType);

    private static void UsePassword(OAuth2ClientOptions options)
    {
        (options.GrantType, options.Username, options.Password) = (GrantTypes.Password, OpenIddictServer.Username, OpenIddictServer.Password);
        options.Scopes.Add("orders:read");
        options.Scopes.Add(Scopes.OfflineAccess);
    }

    private static Action<OAuth2ClientOptions> UseRefreshToken(string refreshToken) => options =>
    {
        options.GrantType = GrantTypes.RefreshToken;
        options.Parameters["refresh_token"] = refreshToken;
    };

    private static async Task<string> SignInElsewhereAsync(OpenIddictServer server, string scope = "orders:read orders:write offline_access") => (await server.PostAsync(
        "token",
        ("grant_type", GrantTypes.Password),
        ("username", OpenIddictServer.Username),
        ("password", OpenIddictServer.Password),
        ("scope", scope))).GetProperty("refresh_token").GetString()!;

    private static async Task<string?> RefreshElsewhereAsync(OpenIddictServer server, string refreshToken)
    {
        var answer = await server.PostAsync("token", ("grant_type", GrantTypes.RefreshToken), ("refresh_token", refreshToken));
        return answer.TryGetProperty("refresh_token", out var next) ? next.GetString() : null;
    }
}
