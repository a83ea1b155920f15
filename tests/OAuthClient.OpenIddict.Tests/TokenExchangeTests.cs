using static OpenIddict.Abstractions.OpenIddictConstants;

namespace OAuthClient.OpenIddict.Tests;

/// <summary>A grant that the library knows by name alone (RFC 8693): its fields are the client's parameters.</summary>
public sealed class TokenExchangeTests
{
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

    [Fact]
    public async Task SubjectToken_IsExchangedForOneThatSpeaksForTheSubject()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UseExchange(await SignInElsewhereAsync(server)));

        Assert.Equal("ann; scope orders:read; for billing", await app.CallAsync());
    }

    [Fact]
    public async Task SubjectToken_ThatHasEnded_IsRefusedAndNotSentAgainWhileItIsBarred()
    {
        await using var server = await OpenIddictServer.StartAsync();
        await using var app = new OrdersApp(server, UseExchange(await SignInElsewhereAsync(server)));
        server.Clock.Advance(TimeSpan.FromHours(2));

        var refusal = await app.RefusalAsync();
        server.Clock.Advance(TimeSpan.FromSeconds(5)); // Longer than any other refused request is remembered.
        await app.RefusalAsync();

        Assert.Equal((Errors.InvalidGrant, false), (refusal.Error, refusal.IsTransient));
        Assert.Equal(2, server.Exchanges.Count);
    }

    private static Action<OAuth2ClientOptions> UseExchange(string subjectToken) => options =>
    {
        options.GrantType = GrantTypes.TokenExchange;
        options.Parameters["subject_token"] = subjectToken;
        options.Parameters["subject_token_type"] = AccessTokenType;
        options.Audience = "billing";
        options.Scopes.Add("orders:read");
    };

    private static async Task<string> SignInElsewhereAsync(OpenIddictServer server) => (await server.PostAsync(
        "token",
        ("grant_type", GrantTypes.Password),
        ("username", OpenIddictServer.Username),
        ("password", OpenIddictServer.Password))).GetProperty("access_token").GetString()!;
}
