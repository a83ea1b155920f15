using static OpenIddict.Abstractions.OpenIddictConstants;

namespace OAuthClient.OpenIddict.Tests;

/// <summary>What a strict server refuses comes back under its own name, and bars nothing else.</summary>
public sealed class RefusedRequestTests
{
    public static TheoryData<string, Action<OAuth2ClientOptions>> Refused => new()
    {
        { Errors.InvalidScope, options => options.Scopes.Add("orders:fly") },
        { Errors.InvalidTarget, options => options.Resources.Add("https://elsewhere.example/") },
        { Errors.InvalidRequest, options => options.Resources.Add("orders") },
        { Errors.InvalidRequest, options => options.Audience = "billing" }, // For token exchange alone.
        { Errors.UnsupportedGrantType, options => options.GrantType = "urn:example:pin" },
        { Errors.UnauthorizedClient, options => options.ClientId = "reports" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Refusal_ComesBackUnderItsName(string error, Action<OAuth2ClientOptions> configure)
    {
        await using var server = await OpenIddictServer.StartAsync();
        await server.RegisterAsync("reports", OpenIddictServer.ClientSecret, Permissions.Endpoints.Token, Permissions.GrantTypes.Password);
        await using var app = new OrdersApp(server, configure);

        var refusal = await app.RefusalAsync();

        Assert.Equal((error, false), (refusal.Error, refusal.IsTransient));
        Assert.Equal(Assert.Single(server.Exchanges).Response.ErrorDescription, refusal.ErrorDescription);
    }

    [Fact]
    public async Task UnknownScope_DoesNotBarTheScopesThatThereAre()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server);

        Assert.Equal(Errors.InvalidScope, (await app.RefusalAsync("orders:fly")).Error);
        Assert.Equal("orders:read", (await app.GetTokenAsync("orders:read")).Scope);
        Assert.Equal([Errors.InvalidScope, null], server.Exchanges.Select(exchange => exchange.Response.Error));
    }

    /// <summary>The one parameter that may be there twice (RFC 8707 §2).</summary>
    [Fact]
    public async Task Resources_OfWhichThereAreTwo_AreBothInTheToken()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, options =>
        {
            options.Scopes.Add("orders:read");
            options.Resources.Add("https://orders.example/");
            options.Resources.Add("https://billing.example/");
        });

        Assert.Equal("orders; scope orders:read; for https://billing.example/ https://orders.example/", await app.CallAsync());
    }
}
