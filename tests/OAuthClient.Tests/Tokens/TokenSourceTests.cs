using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

public sealed class TokenSourceTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Get_WhileFresh_AsksNobody()
    {
        await using var app = await TestApp.StartAsync();
        for (var i = 0; i < 190; i++)
        {
            await app.Tokens.GetTokenAsync(TestApp.ClientName);
            app.Clock.Advance(_second);
        }

        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_WhileStale_ReturnsTheOldTokenAndRefreshesBehind()
    {
        await using var app = await TestApp.StartAsync();
        var old = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        app.Clock.Advance(TimeSpan.FromSeconds(3600 - 30));
        app.Server.TokenEndpointBehavior.Hang = true;

        var stale = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        await app.Server.WaitForTokenRequestsAsync(2);
        var stillStale = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        app.Server.TokenEndpointBehavior.Hang = false;
        var fresh = await app.UntilAsync(token => token.Value != old.Value);

        Assert.Equal(old.Value, stale.Value);
        Assert.Equal(old.Value, stillStale.Value);
        Assert.Equal(2, app.Server.TokenRequests);
        Assert.NotEqual(old.Value, fresh.Value);
    }

    [Fact]
    public async Task Get_AfterExpiry_WaitsForANewToken()
    {
        await using var app = await TestApp.StartAsync();
        var old = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        app.Clock.Advance(TimeSpan.FromSeconds(3600));

        var fresh = await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.NotEqual(old.Value, fresh.Value);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_AtTheVeryInstantOfBecomingStale_RefreshesBehind()
    {
        await using var app = await TestApp.StartAsync();
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);
        var source = client.State.Default;
        var entry = await GetAsync();
        app.Clock.Advance(TimeSpan.FromMilliseconds(entry.RefreshAt - client.Clock.Now - 1));

        Assert.Same(entry, source.GetFresh(client.Clock.Now));
        Assert.Same(entry, await GetAsync());
        await app.IdleAsync();
        Assert.Equal(1, app.Server.TokenRequests);

        app.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Null(source.GetFresh(client.Clock.Now));
        Assert.Same(entry, await GetAsync());
        await app.Server.WaitForTokenRequestsAsync(2);

        async Task<TokenEntry> GetAsync() => await source.GetAsync(new Origin(app.Server.BaseAddress), patient: false, source.Request.Client, async: true, CancellationToken.None);
    }

    [Fact]
    public async Task IsNews_OfATokenThatWasRejectedAfterItWasAccepted_IsTrueAgain()
    {
        await using var app = await TestApp.StartAsync();
        var source = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName).State.Default;
        var origin = new Origin(app.Server.BaseAddress);
        var other = new Origin(new Uri("https://other.example"));
        var entry = await source.GetAsync(origin, patient: false, source.Request.Client, async: true, CancellationToken.None);

        Assert.True(source.State.IsNews(entry, origin));
        source.State.NoteAccepted(entry, origin);
        source.State.NoteAccepted(entry, other);
        Assert.Equal((false, false), (source.State.IsNews(entry, origin), source.State.IsNews(entry, other)));
        app.Server.TokenEndpointBehavior.FailNext(1, 503);
        await source.ReplaceAsync(entry, other, async: true, CancellationToken.None);

        Assert.Equal((false, true), (source.State.IsNews(entry, origin), source.State.IsNews(entry, other)));
    }

    [Fact]
    public async Task Get_AfterTheWallClockJumped_SendsNoExpiredToken()
    {
        await using var app = await TestApp.StartAsync();
        var old = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        app.Clock.JumpWallClock(TimeSpan.FromHours(2));

        var fresh = await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.NotEqual(old.Value, fresh.Value);
    }

    [Fact]
    public async Task Get_InTheLastSecondsWhileTheServerHangs_DoesNotWait()
    {
        await using var app = await TestApp.StartAsync(client: client => client.TokenRequestTimeout = TimeSpan.FromMinutes(5));
        var old = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        app.Clock.Advance(TimeSpan.FromSeconds(3600 - 40));
        app.Server.TokenEndpointBehavior.Hang = true;
        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        await app.Server.WaitForTokenRequestsAsync(2);
        app.Clock.Advance(TimeSpan.FromSeconds(38));

        var last = app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.True(last.IsCompleted);
        Assert.Equal(old.Value, (await last).Value);
        app.Clock.Advance(TimeSpan.FromSeconds(2));
        var next = app.Tokens.GetTokenAsync(TestApp.ClientName).AsTask();
        Assert.False(next.IsCompleted);
        app.Server.TokenEndpointBehavior.Hang = false;
        Assert.NotEqual(old.Value, (await next).Value);
    }

    [Fact]
    public async Task Get_ColdWhileTheServerFails_FailsAtOnceUntilTheBackOffIsOver()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, 503);

        for (var i = 0; i < 1_000; i++)
        {
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync(TestApp.ClientName));
            Assert.True(exception.IsTransient);
            Assert.NotNull(exception.RetryAfter);
        }

        Assert.Equal(1, app.Server.TokenRequests);
        app.Clock.Advance(_second);
        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_WithTwoNamesOfOneApplication_SharesTheToken()
    {
        await using var app = await TestApp.StartAsync(services: services => AddSecond(services, secret: null));

        var first = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        var second = await app.Tokens.GetTokenAsync("second");

        Assert.Equal(first.Value, second.Value);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_WithAnotherSecret_NeverSharesTheToken()
    {
        await using var app = await TestApp.StartAsync(services: services => AddSecond(services, secret: "wrong"));
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        await Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync("second"));
    }

    [Fact]
    public async Task Invalidate_ThenGet_AsksAnew()
    {
        await using var app = await TestApp.StartAsync();
        var old = await app.Tokens.GetTokenAsync(TestApp.ClientName);

        await app.Tokens.InvalidateAsync(TestApp.ClientName);

        Assert.NotEqual(old.Value, (await app.Tokens.GetTokenAsync(TestApp.ClientName)).Value);
    }

    [Fact]
    public async Task Revoke_WithACachedToken_TellsTheServerAndForgetsIt()
    {
        await using var app = await TestApp.StartAsync();
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        await app.Tokens.RevokeAsync(TestApp.ClientName);
        await app.Tokens.RevokeAsync(TestApp.ClientName);

        Assert.Equal(1, app.Server.RevocationRequests);
        Assert.Equal(0, app.Server.LiveTokens);
        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_GrantedFewerScopes_WarnsOnceOrThrows()
    {
        static void Limit(OAuth2TestServerOptions server) =>
            server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { Scopes = { "read" } });
        static void Ask(OAuth2ClientOptions client)
        {
            client.Scopes.Add("read");
            client.Scopes.Add("write");
        }

        await using var lenient = await TestApp.StartAsync(Limit, Ask);
        await lenient.Tokens.GetTokenAsync(TestApp.ClientName);
        await lenient.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest { ForceNewToken = true });
        await using var strict = await TestApp.StartAsync(Limit, client =>
        {
            Ask(client);
            client.RequireAllScopes = true;
        });
        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(async () => await strict.Tokens.GetTokenAsync(TestApp.ClientName));

        Assert.Equal(1, lenient.Log.Count(LogLevel.Warning, "was not granted 'write'"));
        Assert.Contains("'write'", exception.Message, StringComparison.Ordinal);
    }

    private static void AddSecond(IServiceCollection services, string? secret) =>
        services.AddOAuth2Client("second", (provider, options) =>
        {
            var first = provider.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get(TestApp.ClientName);
            options.TokenEndpoint = first.TokenEndpoint;
            options.BaseAddress = first.BaseAddress;
            options.ClientId = first.ClientId;
            options.ClientSecret = secret ?? first.ClientSecret;
        });
}
