using System.Net;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class ReissueTests : ServerTests
{
    [Fact]
    public async Task NewToken_AskedTwice_BothStayGood()
    {
        var first = await Caller.GetTokenAsync();
        var second = await Caller.GetTokenAsync();

        Assert.NotEqual(first, second);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(first)).Status);
        Assert.Equal(2, Server.LiveTokens);
    }

    [Fact]
    public async Task SameToken_AskedTwice_ComesBackWithWhatRemainsOfItsLife()
    {
        Server.Options.ReissueBehavior = ReissueBehavior.SameToken;
        Server.Options.TokenFormat = TokenFormat.Opaque;

        var first = await TokenAsync("a b");
        Time.Advance(TimeSpan.FromSeconds(600.5));
        var second = await TokenAsync("b a");
        var otherScopes = await TokenAsync("a");

        Assert.Equal((first["access_token"], "2999"), (second["access_token"], second["expires_in"]));
        Assert.NotEqual(first["access_token"], otherScopes["access_token"]);
        Assert.DoesNotContain(".", first["access_token"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameToken_ExpiredOrRevoked_IsReplaced()
    {
        Server.Options.ReissueBehavior = ReissueBehavior.SameToken;

        var first = await Caller.GetTokenAsync();
        Time.Advance(TimeSpan.FromSeconds(3600));
        var second = await Caller.GetTokenAsync();
        Assert.True(Server.RevokeToken(second));
        var third = await Caller.GetTokenAsync();

        Assert.Equal(3, new[] { first, second, third }.Distinct().Count());
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(third)).Status);
    }

    [Fact]
    public async Task SameToken_ManyAtOnce_AllGetOne()
    {
        Server.Options.ReissueBehavior = ReissueBehavior.SameToken;

        var tokens = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Caller.GetTokenAsync()));

        Assert.Single(tokens.Distinct());
    }

    [Fact]
    public async Task RevokePrevious_AskedTwice_FirstIsRevoked()
    {
        Server.Options.ReissueBehavior = ReissueBehavior.RevokePrevious;

        var first = await Caller.GetTokenAsync();
        var otherScope = await Caller.GetTokenAsync("grant_type=client_credentials&scope=a");
        var user = await Caller.GetTokenAsync(Caller.PasswordGrant);
        var second = await Caller.GetTokenAsync();

        var refused = await Caller.CallAsync(first);
        Assert.Equal((HttpStatusCode.Unauthorized, "900901"), (refused.Status, refused["code"]));
        foreach (var token in (string[])[otherScope, user, second])
            Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(token)).Status);
    }

    [Fact]
    public async Task RevokePrevious_PasswordGrantTwice_RevokesTheFirstRefreshTokenToo()
    {
        Server.Options.ReissueBehavior = ReissueBehavior.RevokePrevious;

        var first = await Caller.TokenAsync(Caller.PasswordGrant);
        await Caller.TokenAsync(Caller.PasswordGrant);
        var refresh = await Caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}");

        Assert.Equal("invalid_grant", refresh["error"]);
    }

    [Theory]
    [InlineData(true, "a device_1", HttpStatusCode.OK)]
    [InlineData(false, "a", HttpStatusCode.Unauthorized)]
    public async Task DeviceScopes_TwoDevices_HaveTokensOfTheirOwnOnlyIfGranted(bool deviceScopes, string granted, HttpStatusCode firstAfterwards)
    {
        Server.Options.ReissueBehavior = ReissueBehavior.RevokePrevious;
        Server.Options.DeviceScopes = deviceScopes;
        Server.Options.Clients[0].Scopes.Add("a");

        var first = await TokenAsync("a device_1");
        await TokenAsync("a device_2");

        Assert.Equal(granted, first["scope"]);
        Assert.Equal(firstAfterwards, (await Caller.CallAsync(first["access_token"])).Status);
    }

    [Theory]
    [InlineData(ReissueBehavior.RevokePrevious, true)]
    [InlineData(ReissueBehavior.RevokePrevious, false)]
    [InlineData(ReissueBehavior.SameToken, true)]
    [InlineData(ReissueBehavior.SameToken, false)]
    public async Task TokenBindings_TwoIds_HaveTokensOfTheirOwnOnlyByOption(ReissueBehavior behavior, bool bindings)
    {
        (Server.Options.ReissueBehavior, Server.Options.TokenBindings) = (behavior, bindings);

        var first = await AskAsync("&tokenBindingId=1");
        var second = await AskAsync("&tokenBindingId=2");
        var none = await AskAsync("");

        var isGood = behavior is ReissueBehavior.SameToken || bindings;
        Assert.Equal(behavior is ReissueBehavior.SameToken && !bindings ? 1 : 3, new[] { first, second, none }.Distinct().Count());
        Assert.Equal(isGood ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, (await Caller.CallAsync(first)).Status);
        var again = await AskAsync("&tokenBindingId=1");
        Assert.Equal(behavior is ReissueBehavior.SameToken, again == first);
        Assert.Equal(isGood ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, (await Caller.CallAsync(second)).Status);

        Task<string> AskAsync(string more) => Caller.GetTokenAsync(Caller.PasswordGrant + more);
    }

    [Fact]
    public async Task TokenLifetime_Infinite_SaysWhatWso2SaysAndNeverExpires()
    {
        Server.Options.TokenLifetime = Timeout.InfiniteTimeSpan;

        var answer = await TokenAsync("a");
        Time.Advance(TimeSpan.FromDays(10_000));

        Assert.Equal("9223372036854775", answer["expires_in"]);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(answer["access_token"])).Status);
    }

    [Fact]
    public async Task Issue_TensOfThousandsOfTokens_ForgetsOnlyDeadOnes()
    {
        Server.Options.TokenFormat = TokenFormat.Opaque;
        Server.Options.TokenLifetime = TimeSpan.FromHours(10);
        var early = await Caller.GetTokenAsync();
        Server.Options.TokenLifetime = TimeSpan.FromSeconds(1);
        var expired = await Caller.GetTokenAsync();
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("900903", (await Caller.CallAsync(expired))["code"]);

        for (var i = 0; i < 10_000; i += 100)
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Caller.GetTokenAsync()));

        Assert.Equal("900901", (await Caller.CallAsync(expired))["code"]);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(early)).Status);
        Assert.Equal(10_001, Server.LiveTokens);
    }

    private Task<Answer> TokenAsync(string scope) => Caller.TokenAsync($"grant_type=client_credentials&scope={Uri.EscapeDataString(scope)}");
}
