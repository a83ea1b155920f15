using System.Security.Cryptography;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace OAuthClient.OpenIddict.Tests;

/// <summary>Clients that sign, and what else has settings of its own, before a server that is not ours and takes no more than the RFCs do.</summary>
public sealed class ClientAssertionTests
{
    private const string SigningClient = "signing";

    [Fact]
    public async Task Assertion_SignedByTheClientsKey_IsTaken()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var server = await StartAsync(key);
        await using var app = new OrdersApp(server, UseKey(server, key));

        Assert.StartsWith("signing; ", await app.CallAsync(), StringComparison.Ordinal);
    }

    /// <summary>What this server refuses is what the defaults do not send: a type that other tokens have, and its endpoint in place of its name.</summary>
    [Theory]
    [InlineData("JWT", null)]
    [InlineData(null, "token")]
    public async Task Assertion_WithAnotherTypeOrAudience_IsRefused(string? type, string? audience)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var server = await StartAsync(key);
        await using var app = new OrdersApp(server, options =>
        {
            UseKey(server, key)(options);
            options.ClientAssertionHeaderType = type ?? options.ClientAssertionHeaderType;
            options.ClientAssertionAudience = audience is null ? null : new Uri(server.Address, audience).AbsoluteUri;
        });

        var refusal = await app.RefusalAsync();

        Assert.Contains(refusal.Error, new[] { Errors.InvalidClient, Errors.InvalidToken });
        Assert.Contains("ClientAssertionAudience", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Assertion_SignedByAnotherKey_IsRefusedAndTheMessageNamesTheKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var server = await StartAsync(key);
        await using var app = new OrdersApp(server, UseKey(server, other));

        var refusal = await app.RefusalAsync();

        Assert.Equal(Errors.InvalidClient, refusal.Error);
        Assert.Contains("PrivateKeyFile", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Introspection_OfTheTokenAndOfOneThatWasRevoked_TellsThemApart()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, options => options.IntrospectionEndpoint = new Uri(server.Address, "introspect"));

        var good = await app.IntrospectAsync();

        Assert.Equal((true, OpenIddictServer.ClientId), (good.IsActive, good.ClientId));
        Assert.Equal(server.Address.AbsoluteUri, good.Issuer);
    }

    [Fact]
    public async Task Exchange_BySettings_SpeaksForTheSubject()
    {
        await using var server = await OpenIddictServer.StartAsync();
        var subject = (await server.PostAsync("token", ("grant_type", GrantTypes.Password), ("username", OpenIddictServer.Username), ("password", OpenIddictServer.Password))).GetProperty("access_token").GetString()!;
        await using var app = new OrdersApp(server, options =>
        {
            (options.GrantType, options.SubjectToken, options.Audience) = (OAuthClient.GrantTypes.TokenExchange, subject, "billing");
            options.Scopes.Add("orders:read");
        });

        Assert.Equal("ann; scope orders:read; for billing", await app.CallAsync());
    }

    private static async Task<OpenIddictServer> StartAsync(ECDsa key)
    {
        var server = await OpenIddictServer.StartAsync();
        await server.RegisterAsync(SigningClient, secret: null, key, Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials);
        return server;
    }

    private static Action<OAuth2ClientOptions> UseKey(OpenIddictServer server, ECDsa key) => options =>
        (options.ClientId, options.ClientSecret, options.PrivateKey, options.TokenEndpoint, options.RevocationEndpoint, options.Issuer) = (SigningClient, null, key.ExportPkcs8PrivateKeyPem(), null, null, server.Address);
}
