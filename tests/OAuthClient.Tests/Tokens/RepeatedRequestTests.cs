using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>A connection that ends under a token request, as an idle one does: what is safe to repeat goes once more, and nothing else does.</summary>
public sealed class RepeatedRequestTests
{
    [Fact]
    public async Task Get_ByClientCredentialsWhoseConnectionEnds_GoesOnceMore()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.AbortNext();

        await app.GetTokenAsync();

        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_WhoseConnectionEndsEachTime_GoesOnceMoreAndNoFurther()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.AbortConnections = true;

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.True(exception.IsTransient);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_ByAPasswordThatHasNotProvedGoodWhoseConnectionEnds_IsNotRepeated()
    {
        await using var app = await TestApp.StartAsync(client: UsePassword);
        app.Server.TokenEndpointBehavior.AbortNext();

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_ByAPasswordThatHasProvedGoodWhoseConnectionEnds_GoesOnceMore()
    {
        await using var app = await TestApp.StartAsync(client: UsePassword);
        await app.GetTokenAsync("read");
        app.Server.TokenEndpointBehavior.AbortNext();

        await app.GetTokenAsync("write");

        Assert.Equal(3, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_ByAnAssertionWhoseConnectionEnds_IsNotRepeated()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
            client.Parameters["assertion"] = "for-one-use";
        });
        app.Server.TokenEndpointBehavior.AbortNext();

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal(1, app.Server.TokenRequests);
    }

    private static void UsePassword(OAuth2ClientOptions client) =>
        (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
}
