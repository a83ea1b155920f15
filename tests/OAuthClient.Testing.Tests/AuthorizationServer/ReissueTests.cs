using System.Net;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class ReissueTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private OAuth2TestServer _server = null!;
    private Caller _caller = null!;

    public async Task InitializeAsync()
    {
        _server = await OAuth2TestServer.StartAsync(o => o.TimeProvider = _time);
        _caller = new Caller(_server);
    }

    public async Task DisposeAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task NewToken_AskedTwice_BothStayGood()
    {
        var first = await _caller.GetTokenAsync();
        var second = await _caller.GetTokenAsync();

        Assert.NotEqual(first, second);
        Assert.Equal(HttpStatusCode.OK, (await _caller.CallAsync(first)).Status);
        Assert.Equal(2, _server.LiveTokens);
    }

    [Fact]
    public async Task SameToken_AskedTwice_ComesBackWithWhatRemainsOfItsLife()
    {
        _server.Options.ReissueBehavior = ReissueBehavior.SameToken;
        _server.Options.TokenFormat = TokenFormat.Opaque;

        var first = await TokenAsync("a b");
        _time.Advance(TimeSpan.FromSeconds(600.5));
        var second = await TokenAsync("b a");
        var otherScopes = await TokenAsync("a");

        Assert.Equal((first["access_token"], "2999"), (second["access_token"], second["expires_in"]));
        Assert.NotEqual(first["access_token"], otherScopes["access_token"]);
        Assert.DoesNotContain(".", first["access_token"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameToken_ExpiredOrRevoked_IsReplaced()
    {
        _server.Options.ReissueBehavior = ReissueBehavior.SameToken;

        var first = await _caller.GetTokenAsync();
        _time.Advance(TimeSpan.FromSeconds(3600));
        var second = await _caller.GetTokenAsync();
        Assert.True(_server.RevokeToken(second));
        var third = await _caller.GetTokenAsync();

        Assert.Equal(3, new[] { first, second, third }.Distinct().Count());
        Assert.Equal(HttpStatusCode.OK, (await _caller.CallAsync(third)).Status);
    }

    [Fact]
    public async Task SameToken_ManyAtOnce_AllGetOne()
    {
        _server.Options.ReissueBehavior = ReissueBehavior.SameToken;

        var tokens = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => _caller.GetTokenAsync()));

        Assert.Single(tokens.Distinct());
    }

    [Fact]
    public async Task RevokePrevious_AskedTwice_FirstIsRevoked()
    {
        _server.Options.ReissueBehavior = ReissueBehavior.RevokePrevious;

        var first = await _caller.GetTokenAsync();
        var otherScope = await _caller.GetTokenAsync("grant_type=client_credentials&scope=a");
        var user = await _caller.GetTokenAsync("grant_type=password&username=alice&password=alice-password");
        var second = await _caller.GetTokenAsync();

        var refused = await _caller.CallAsync(first);
        Assert.Equal((HttpStatusCode.Unauthorized, "900901"), (refused.Status, refused["code"]));
        foreach (var token in (string[])[otherScope, user, second])
            Assert.Equal(HttpStatusCode.OK, (await _caller.CallAsync(token)).Status);
    }

    [Fact]
    public async Task RevokePrevious_PasswordGrantTwice_RevokesTheFirstRefreshTokenToo()
    {
        _server.Options.ReissueBehavior = ReissueBehavior.RevokePrevious;
        const string SignIn = "grant_type=password&username=alice&password=alice-password";

        var first = await _caller.TokenAsync(SignIn);
        await _caller.TokenAsync(SignIn);
        var refresh = await _caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}");

        Assert.Equal("invalid_grant", refresh["error"]);
    }

    [Theory]
    [InlineData(true, "a device_1", HttpStatusCode.OK)]
    [InlineData(false, "a", HttpStatusCode.Unauthorized)]
    public async Task DeviceScopes_TwoDevices_HaveTokensOfTheirOwnOnlyIfGranted(bool deviceScopes, string granted, HttpStatusCode firstAfterwards)
    {
        _server.Options.ReissueBehavior = ReissueBehavior.RevokePrevious;
        _server.Options.DeviceScopes = deviceScopes;
        _server.Options.Clients[0].Scopes.Add("a");

        var first = await TokenAsync("a device_1");
        await TokenAsync("a device_2");

        Assert.Equal(granted, first["scope"]);
        Assert.Equal(firstAfterwards, (await _caller.CallAsync(first["access_token"])).Status);
    }

    [Fact]
    public async Task TokenLifetime_Infinite_SaysWhatWso2SaysAndNeverExpires()
    {
        _server.Options.TokenLifetime = Timeout.InfiniteTimeSpan;

        var answer = await TokenAsync("a");
        _time.Advance(TimeSpan.FromDays(10_000));

        Assert.Equal("9223372036854775", answer["expires_in"]);
        Assert.Equal(HttpStatusCode.OK, (await _caller.CallAsync(answer["access_token"])).Status);
    }

    [Fact]
    public async Task Issue_TensOfThousandsOfTokens_ForgetsOnlyDeadOnes()
    {
        _server.Options.TokenFormat = TokenFormat.Opaque;
        _server.Options.TokenLifetime = TimeSpan.FromHours(10);
        var early = await _caller.GetTokenAsync();
        _server.Options.TokenLifetime = TimeSpan.FromSeconds(1);
        var expired = await _caller.GetTokenAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("900903", (await _caller.CallAsync(expired))["code"]);

        for (var i = 0; i < 10_000; i += 100)
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _caller.GetTokenAsync()));

        Assert.Equal("900901", (await _caller.CallAsync(expired))["code"]);
        Assert.Equal(HttpStatusCode.OK, (await _caller.CallAsync(early)).Status);
        Assert.Equal(10_001, _server.LiveTokens);
    }

    private Task<Answer> TokenAsync(string scope) => _caller.TokenAsync($"grant_type=client_credentials&scope={Uri.EscapeDataString(scope)}");
}
