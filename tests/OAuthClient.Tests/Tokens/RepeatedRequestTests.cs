using Microsoft.AspNetCore.Http;
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

    [Fact]
    public async Task Get_WhoseSecretWasRefusedMeanwhile_IsNotRepeated()
    {
        await using var app = await TestApp.StartAsync();
        var refused = new TaskCompletionSource();
        var hasEnded = new TaskCompletionSource();
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            if (context.Request.Form["scope"] == "first")
            {
                await refused.Task;
                context.Response.StatusCode = 401;
                await context.Response.WriteAsync("""{"error":"invalid_client"}""");
                return;
            }

            await hasEnded.Task;
            context.Abort();
        };
        var first = Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("first"));
        var second = Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("second"));
        await app.Server.WaitForTokenRequestsAsync(2);

        refused.SetResult();
        await first;
        hasEnded.SetResult();
        await second;

        Assert.Equal(2, app.Server.TokenRequests);
    }

    /// <summary>A hundred requests a minute: the one after them waits for its turn.</summary>
    [Fact]
    public async Task Get_WhoseSecretIsRefusedWhileItWaitsForItsTurn_IsNotSent()
    {
        await using var app = await TestApp.StartAsync();
        for (var number = 0; number < 99; number++)
            await app.GetTokenAsync($"scope-{number}");
        app.Clock.Advance(TimeSpan.FromSeconds(56));
        var refused = new TaskCompletionSource();
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            await refused.Task;
            context.Response.StatusCode = 401;
            await context.Response.WriteAsync("""{"error":"invalid_client"}""");
        };
        var first = Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("first"));
        await app.Server.WaitForTokenRequestsAsync(100);
        var second = Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("second"));
        await TestApp.UntilAsync(() => app.IsWaiting);

        refused.SetResult();
        await first;
        app.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("invalid_client", (await second).Error);
        Assert.Equal(100, app.Server.TokenRequests);
    }

    private static void UsePassword(OAuth2ClientOptions client) =>
        (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
}
