using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>Parameters that are too short, or too well known, for secrets do not spoil what the server says.</summary>
public sealed class ShortParameterTests
{
    [Fact]
    public async Task ConsentRequired_WhereAParameterAsksForConsent_DoesNotBarThePassword()
    {
        await using var app = await StartAsync("prompt", "consent");
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"consent_required"}""");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("write"));
        await app.GetTokenAsync("read");

        Assert.Equal("consent_required", exception.Error);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData("user", "The user is not known.", "The user is not known.")]
    [InlineData("1234", "The PIN 1234 is wrong.", "(not shown, since it repeats what was sent)")]
    public async Task Description_ThatRepeatsAShortParameter_IsShownUnlessItIsAllDigits(string value, string description, string shown)
    {
        await using var app = await StartAsync("second", value);
        app.Server.TokenEndpointBehavior.FailNext(1, 400, $$"""{"error":"invalid_request","error_description":"{{description}}"}""");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal(shown, exception.ErrorDescription);
    }

    private static Task<TestApp> StartAsync(string name, string value) => TestApp.StartAsync(client: client =>
    {
        (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        client.Parameters[name] = value;
    });
}
