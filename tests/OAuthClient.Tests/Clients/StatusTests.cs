using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Clients;

/// <summary>What IOAuth2TokenProvider.GetStatus tells, and that it asks nobody.</summary>
public sealed class StatusTests
{
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    [Fact]
    public async Task Status_OverATokensLife_TellsItsAge()
    {
        await using var app = await TestApp.StartAsync(options => options.TokenLifetime = _life);
        AssertStatus(app, OAuth2TokenState.None, isUsable: false);
        Assert.Null(Status(app).ExpiresAt);
        Assert.Equal(0, app.Server.TokenRequests);

        var token = await app.GetTokenAsync();
        AssertStatus(app, OAuth2TokenState.Fresh, isUsable: true);
        Assert.Equal(token.ExpiresAt, Status(app).ExpiresAt);

        app.Clock.Advance(_life - TimeSpan.FromSeconds(20));
        AssertStatus(app, OAuth2TokenState.Stale, isUsable: true);
        app.Clock.Advance(TimeSpan.FromSeconds(18)); // Its last seconds: better than none.
        AssertStatus(app, OAuth2TokenState.Stale, isUsable: true);
        app.Clock.Advance(TimeSpan.FromSeconds(2));
        AssertStatus(app, OAuth2TokenState.Expired, isUsable: false);

        await app.Tokens.InvalidateAsync(TestApp.ClientName);
        AssertStatus(app, OAuth2TokenState.None, isUsable: false);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Status_AfterAFailure_TellsItAndWhenTheNextAttemptIsMade_UntilOneSucceeds()
    {
        await using var app = await TestApp.StartAsync(options => options.TokenLifetime = _life);
        await app.GetTokenAsync();
        app.Server.TokenEndpointBehavior.FailUntilCleared(503, retryAfter: "120");
        app.Clock.Advance(_life - TimeSpan.FromSeconds(20));
        await app.GetTokenAsync();
        await app.IdleAsync();

        // The token that calls go on with is as good as fresh while no other is to be had.
        var failing = Status(app);
        Assert.True(failing.IsUsable);
        Assert.Contains("answered 503", failing.Failure, StringComparison.Ordinal);
        Assert.Equal(app.Clock.GetUtcNow().AddSeconds(120), failing.NextAttemptAt);
        Assert.Contains("it has a token", failing.ToString(), StringComparison.Ordinal);
        Assert.Contains("answered 503", failing.ToString(), StringComparison.Ordinal);

        app.Clock.Advance(TimeSpan.FromMinutes(3));
        var faded = Status(app);
        Assert.Equal((OAuth2TokenState.Expired, false), (faded.State, faded.IsUsable));
        Assert.NotNull(faded.Failure);
        Assert.Null(faded.NextAttemptAt);

        app.Server.TokenEndpointBehavior.Clear();
        await app.GetTokenAsync();
        AssertStatus(app, OAuth2TokenState.Fresh, isUsable: true);
    }

    [Fact]
    public async Task Status_OfOtherScopes_IsTheirs_AndMakesRoomForNothing()
    {
        await using var app = await TestApp.StartAsync(client: options => options.MaxTokens = 1);
        var kept = await app.GetTokenAsync("orders:read");
        OAuth2TokenRequest other = new() { Scopes = ["orders:write"] };
        var state = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName).State;
        var sources = state.Sources.ToArray();

        Assert.Equal(OAuth2TokenState.None, app.Tokens.GetStatus(TestApp.ClientName, other).State);
        Assert.Equal(OAuth2TokenState.Fresh, app.Tokens.GetStatus(TestApp.ClientName, new OAuth2TokenRequest { Scopes = ["orders:read"] }).State);
        Assert.Equal(sources, state.Sources);
        Assert.Equal(kept.Value, (await app.GetTokenAsync("orders:read")).Value);
        Assert.Equal(OAuth2TokenState.None, Status(app).State);
    }

    /// <summary>What one client has met with at a server is true for all who ask it.</summary>
    [Fact]
    public async Task Status_WhileAnotherClientsServerIsDown_TellsIt()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailUntilCleared(503);
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync("orders:read"));

        Assert.Contains("answered 503", Status(app).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_OfAClientThatSendsNoToken_IsThatNoneIsNeeded()
    {
        await using var app = await TestApp.StartAsync();
        var status = app.Tokens.GetStatus(TestApp.ClientName, new OAuth2TokenRequest { NoToken = true });

        Assert.Equal((OAuth2TokenState.NotNeeded, true), (status.State, status.IsUsable));
    }

    [Fact]
    public async Task Statuses_AreThoseOfAllClients_AlsoOfOneWhoseOptionsMakeNoSense()
    {
        await using var app = await TestApp.StartAsync(services: services =>
        {
            services.AddOAuth2Client("broken", options => options.ClientSecret = OAuth2TestServer.DefaultClientSecret);
            services.AddOAuth2Client("thrown", static _ => throw new InvalidOperationException(OAuth2TestServer.DefaultClientSecret));
        });
        var statuses = app.Tokens.GetStatuses().ToDictionary(status => status.ClientName);

        Assert.Equal([TestApp.ClientName, "broken", "thrown"], statuses.Keys.Order(StringComparer.Ordinal).OrderBy(name => name == TestApp.ClientName ? 0 : 1));
        Assert.Null(statuses[TestApp.ClientName].Failure);
        Assert.Contains("ClientId", statuses["broken"].Failure, StringComparison.Ordinal);
        Assert.Equal("reading its settings failed with InvalidOperationException.", statuses["thrown"].Failure);
        Assert.All(statuses.Values, status => Assert.Equal(OAuth2TokenState.None, status.State));
        Assert.Contains("No client has this name", Assert.Throws<InvalidOperationException>(() => app.Tokens.GetStatus("nobody")).Message, StringComparison.Ordinal);
    }

    private static OAuth2TokenStatus Status(TestApp app) => app.Tokens.GetStatus(TestApp.ClientName);

    private static void AssertStatus(TestApp app, OAuth2TokenState state, bool isUsable)
    {
        var status = Status(app);
        Assert.Equal((TestApp.ClientName, state, isUsable, null, null), (status.ClientName, status.State, status.IsUsable, status.Failure, status.NextAttemptAt));
        Assert.Contains($"'{TestApp.ClientName}'", status.ToString(), StringComparison.Ordinal);
    }
}
