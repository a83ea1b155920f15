using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Tokens;

/// <summary>What is remembered of a failure outlives the cache that its token has left.</summary>
public sealed class FailureMemoryTests
{
    [Fact]
    public async Task Get_MoreTokensThanAreKeptThatFailInTurn_BacksOffForEach()
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxTokens = 1);
        app.Server.TokenEndpointBehavior.FailUntilCleared(400, """{"error":"invalid_scope"}""");

        for (var i = 0; i < 30; i++)
        {
            foreach (var scope in new[] { "a", "b", "c" })
            {
                var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync(scope));
                Assert.Equal("invalid_scope", exception.Error);
            }

            GC.Collect();
            app.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        // At 0, 1, 3, 7 and 15 s, some of it a quarter sooner, for each of three.
        Assert.InRange(app.Server.TokenRequests, 12, 18);
    }

    // The memory itself must not grow with every token that ever failed.
    [Fact]
    public async Task Get_TokensThatFailedLongAgo_AreForgotten()
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxTokens = 1);
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"invalid_scope"}""");
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("a"));
        var source = await FailAndFindAsync(app);
        await app.GetTokenAsync("c");
        app.Clock.Advance(TimeSpan.FromMinutes(6));
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"invalid_scope"}""");
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("d"));

        await TestApp.UntilAsync(() =>
        {
            GC.Collect();
            return !source.IsAlive;
        });
    }

    // In a method of its own, so that nothing of it is left on the stack.
    private static async Task<WeakReference> FailAndFindAsync(TestApp app)
    {
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"invalid_scope"}""");
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("b"));
        return Find(app);
    }

    private static WeakReference Find(TestApp app) => new(
        app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName).State.GetSource(new OAuth2TokenRequest { Scopes = ["b"] }));
}
