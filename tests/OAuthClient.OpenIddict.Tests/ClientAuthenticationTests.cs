using static OpenIddict.Abstractions.OpenIddictConstants;

namespace OAuthClient.OpenIddict.Tests;

/// <summary>How the client proves who it is (RFC 6749 §2.3.1), and what follows where the server does not believe it.</summary>
public sealed class ClientAuthenticationTests
{
    private const string AwkwardId = "orders & co: 100%+/ä";
    private const string AwkwardSecret = "s3cret:+ %41&=/€~\"'";

    [Theory]
    [InlineData(ClientAuthenticationMethod.ClientSecretBasic)]
    [InlineData(ClientAuthenticationMethod.ClientSecretPost)]
    public async Task Credentials_OfAnyCharacters_AreTheOnesThatTheServerReads(ClientAuthenticationMethod method)
    {
        await using var server = await OpenIddictServer.StartAsync();
        await server.RegisterAsync(AwkwardId, AwkwardSecret, Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials);
        await using var app = new OrdersApp(server, options => (options.ClientId, options.ClientSecret, options.ClientAuthenticationMethod) = (AwkwardId, AwkwardSecret, method));

        Assert.Equal($"{AwkwardId}; scope ; for ", await app.CallAsync());
    }

    /// <summary>Why the encoding matters.</summary>
    [Fact]
    public async Task Credentials_SentRaw_AreOthersForAServerThatDecodesThem()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await server.RegisterAsync("reports", AwkwardSecret, Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials);
        await using var app = new OrdersApp(server, options =>
        {
            (options.ClientId, options.ClientSecret) = ("reports", AwkwardSecret);
            options.BasicCredentialEncoding = BasicCredentialEncoding.Raw;
        });

        Assert.Equal(Errors.InvalidClient, (await app.RefusalAsync()).Error);
    }

    [Fact]
    public async Task NoSecret_OfAPublicClient_NamesTheClientAlone()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await server.RegisterAsync("phone", null, Permissions.Endpoints.Token, Permissions.GrantTypes.Password);
        await using var app = new OrdersApp(server, options =>
        {
            options.ClientAuthenticationMethod = ClientAuthenticationMethod.None;
            (options.ClientId, options.ClientSecret) = ("phone", null);
            (options.GrantType, options.Username, options.Password) = (GrantTypes.Password, OpenIddictServer.Username, OpenIddictServer.Password);
        });

        Assert.StartsWith("ann;", await app.CallAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongSecret_IsNotSentAgainWhileItIsBarred()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, options => options.ClientSecret = "wrong");

        var refusal = await app.RefusalAsync();
        Assert.Equal((Errors.InvalidClient, false), (refusal.Error, refusal.IsTransient));
        await app.RefusalAsync("orders:read");
        await app.RefusalAsync();
        Assert.Single(server.Exchanges);

        server.Clock.Advance(refusal.RetryAfter!.Value);
        await app.RefusalAsync();
        Assert.Equal(2, server.Exchanges.Count);
    }

    [Fact]
    public async Task WrongSecret_WhoseSourceHasANewOneByNow_CostsOneRequestMore()
    {
        await using var server = await OpenIddictServer.StartAsync();
        var secrets = new Queue<string>(["old", OpenIddictServer.ClientSecret]);
        await using var app = new OrdersApp(server, options =>
        {
            options.ClientSecret = null;
            options.ClientSecretCallback = _ => ValueTask.FromResult(secrets.Dequeue());
        });

        await app.GetTokenAsync();

        Assert.Equal([Errors.InvalidClient, null], server.Exchanges.Select(exchange => exchange.Response.Error));
    }
}
