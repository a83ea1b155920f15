using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Scars;

/// <summary>A token is used for as long as it lives, however oddly the server puts that.</summary>
public sealed class LifetimeTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>Guards against a server that returns the same token being asked by every call until that token expires.</summary>
    [Fact]
    public async Task Scar02_EarlyRefreshBringsTheSameToken_NobodyAsksAgainBeforeExpiry()
    {
        await using var app = await TestApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.SameToken);
        var old = await app.GetTokenAsync();
        app.Clock.Advance(TimeSpan.FromSeconds(3600 - 40));
        await app.UntilAsync(_ => app.Log.Count(LogLevel.Debug, "obtained a token") == 2);
        var http = app.CreateClient();

        for (var i = 0; i < 380; i++)
        {
            using var response = await http.GetAsync("orders");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            app.Clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(2, app.Server.TokenRequests);
        app.Clock.Advance(2 * _second);
        Assert.NotEqual(old.Value, (await app.GetTokenAsync()).Value);
        Assert.Equal(3, app.Server.TokenRequests);
    }

    /// <summary>Guards against overflows, tokens that are cached for ever, and tokens that are not cached at all.</summary>
    [Theory]
    [InlineData("3600", 3600)]
    [InlineData("\"3600\"", 3600)]
    [InlineData("3600.0", 3600)]
    [InlineData(null, 300)]
    [InlineData("null", 300)]
    [InlineData("0", 300)]
    [InlineData("-1", 300)]
    [InlineData("\"soon\"", 300)]
    [InlineData("\"\"", 300)]
    [InlineData("true", 300)]
    [InlineData("[3600]", 300)]
    [InlineData("1e999", 300)]
    [InlineData("86400", 86400)]
    [InlineData("86401", 86400)]
    [InlineData("9223372036854775", 86400)]
    [InlineData("\"9223372036854775807\"", 86400)]
    public async Task Scar14_ExpiresInOfAnyKind_BoundsTheTokensLife(string? expiresIn, int expectedSeconds)
    {
        await using var app = await TestApp.StartAsync(server =>
        {
            server.TokenFormat = TokenFormat.Opaque;
            server.ConfigureTokenResponse = response =>
            {
                response.Remove("expires_in");
                if (expiresIn is not null)
                    response["expires_in"] = JsonNode.Parse(expiresIn);
            };
        });
        var expected = TimeSpan.FromSeconds(expectedSeconds);

        var first = await app.GetTokenAsync();
        app.Clock.Advance(expected / 2);
        var second = await app.GetTokenAsync();
        app.Clock.Advance(expected / 2);
        var third = await app.GetTokenAsync();

        Assert.Equal(expected, first.ExpiresAt - new ManualTimeProvider().GetUtcNow());
        Assert.Equal(first.Value, second.Value);
        Assert.NotEqual(first.Value, third.Value);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    /// <summary>Guards against a default where the token itself tells how long it lives.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("0")]
    public async Task Scar14_NoUsableExpiresInWithAJwt_ItsOwnLifeCounts(string? expiresIn)
    {
        await using var app = await TestApp.StartAsync(server =>
        {
            server.TokenLifetime = TimeSpan.FromMinutes(20);
            server.ConfigureTokenResponse = response => response["expires_in"] = expiresIn is null ? null : JsonNode.Parse(expiresIn);
        });

        var token = await app.GetTokenAsync();

        Assert.Equal(TimeSpan.FromMinutes(20), token.ExpiresAt - app.Clock.GetUtcNow());
    }

    /// <summary>Guards against a margin as long as the token's life, which turns every call into a token request.</summary>
    [Fact]
    public async Task Scar15_TokenLivesThirtySeconds_ItIsCachedToo()
    {
        await using var app = await TestApp.StartAsync(server => server.TokenLifetime = TimeSpan.FromSeconds(30));
        var http = app.CreateClient();

        for (var i = 0; i < 22; i++)
        {
            using var response = await http.GetAsync("orders");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            app.Clock.Advance(_second);
        }

        Assert.Equal(1, app.Server.TokenRequests);
    }
}
