using System.Net;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class RefreshTokenGrantTests : ServerTests
{
    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret"));
        options.Clients.Add(new TestClient("other", "secret"));
    }

    [Fact]
    public async Task Refresh_NotRotating_ReturnsSameRefreshTokenThatStaysGood()
    {
        var first = await SignInAsync();

        var second = await RefreshAsync(first);
        var third = await RefreshAsync(first);

        Assert.Equal(first["refresh_token"], second["refresh_token"]);
        Assert.Equal(HttpStatusCode.OK, third.Status);
        Assert.Equal(3, new[] { first, second, third }.Select(a => a["access_token"]).Distinct().Count());
        Assert.Equal("alice", (await Caller.CallAsync(third["access_token"]))["user"]);
    }

    [Fact]
    public async Task Refresh_Rotating_UsedRefreshTokenIsInvalidGrant()
    {
        Server.Options.RotateRefreshTokens = true;
        var first = await SignInAsync();

        var second = await RefreshAsync(first);
        var third = await RefreshAsync(second);
        var reused = await RefreshAsync(first);

        Assert.NotEqual(first["refresh_token"], second["refresh_token"]);
        Assert.Equal(HttpStatusCode.OK, third.Status);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (reused.Status, reused["error"]));
    }

    [Fact]
    public async Task Refresh_RotatedTokenUsedAgain_RevokesTheWholeFamilyAndNoOther()
    {
        Server.Options.RotateRefreshTokens = true;
        var stranger = await SignInAsync();
        var first = await SignInAsync();
        var second = await RefreshAsync(first, "&scope=write");
        var third = await RefreshAsync(second);

        var reused = await RefreshAsync(first);
        var successor = await RefreshAsync(third);

        Assert.Equal(("invalid_grant", "invalid_grant"), (reused["error"], successor["error"]));
        foreach (var token in new[] { first, second, third })
            Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(token["access_token"])).Status);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(stranger["access_token"])).Status);
        Assert.Equal(HttpStatusCode.OK, (await RefreshAsync(stranger)).Status);
    }

    [Fact]
    public async Task Refresh_RotatedTokenUsedByAnotherClient_RevokesNothing()
    {
        Server.Options.RotateRefreshTokens = true;
        var first = await SignInAsync();
        var second = await RefreshAsync(first);

        await Caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}", Caller.Basic("other", "secret"));

        Assert.Equal(HttpStatusCode.OK, (await RefreshAsync(second)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refresh_RotatedTokenRevokedByItsOwner_TakesTheSuccessorWithIt(bool atTheEndpoint)
    {
        Server.Options.RotateRefreshTokens = true;
        var first = await SignInAsync();
        var second = await RefreshAsync(first);

        if (atTheEndpoint)
            await Caller.PostAsync(Server.RevocationEndpoint, $"token={first["refresh_token"]}", Caller.Basic("id", "secret"));
        else
            Server.RevokeToken(first["refresh_token"]!);

        Assert.Equal("invalid_grant", (await RefreshAsync(second))["error"]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(second["access_token"])).Status);
    }

    [Fact]
    public async Task Refresh_RotatingManyAtOnce_OneWins()
    {
        Server.Options.RotateRefreshTokens = true;
        var first = await SignInAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => RefreshAsync(first)));

        Assert.Single(answers, a => a.Status is HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refresh_SubsetOfScopes_NarrowsTheAccessTokenAlone(bool rotate)
    {
        Server.Options.RotateRefreshTokens = rotate;
        var first = await SignInAsync();

        var narrow = await RefreshAsync(first, "&scope=write");
        var whole = await RefreshAsync(narrow);

        Assert.Equal(("write", "read write"), (narrow["scope"], whole["scope"]));
    }

    [Fact]
    public async Task Refresh_WiderScope_IsInvalidScope()
    {
        var answer = await RefreshAsync(await SignInAsync(), "&scope=read+admin");

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_scope"), (answer.Status, answer["error"]));
    }

    [Theory]
    [InlineData(ReissueBehavior.NewToken, HttpStatusCode.OK)]
    [InlineData(ReissueBehavior.SameToken, HttpStatusCode.Unauthorized)]
    [InlineData(ReissueBehavior.RevokePrevious, HttpStatusCode.Unauthorized)]
    public async Task Refresh_ReissueBehavior_DecidesWhetherTheOldAccessTokenStaysGood(ReissueBehavior behavior, HttpStatusCode old)
    {
        Server.Options.ReissueBehavior = behavior;
        var first = await SignInAsync();

        var second = await RefreshAsync(first);

        Assert.Equal(old, (await Caller.CallAsync(first["access_token"])).Status);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(second["access_token"])).Status);
    }

    [Fact]
    public async Task Refresh_Expired_IsInvalidGrant()
    {
        Server.Options.RefreshTokenLifetime = TimeSpan.FromHours(2);
        var first = await SignInAsync();

        Time.Advance(TimeSpan.FromHours(2) - TimeSpan.FromTicks(1));
        var inTime = await RefreshAsync(first);
        Time.Advance(TimeSpan.FromTicks(1));
        var late = await RefreshAsync(first);

        Assert.Equal((HttpStatusCode.OK, "invalid_grant"), (inTime.Status, late["error"]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public async Task Refresh_LifetimeInfiniteOrTheLongest_NeverExpires(long lifetime)
    {
        Server.Options.RefreshTokenLifetime = lifetime < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(lifetime);
        var first = await SignInAsync();

        Time.Advance(TimeSpan.FromDays(36_500));

        Assert.Equal(HttpStatusCode.OK, (await RefreshAsync(first)).Status);
    }

    [Fact]
    public async Task Refresh_OfAnotherClient_IsInvalidGrant()
    {
        var first = await SignInAsync();

        var stolen = await Caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}", Caller.Basic("other", "secret"));

        Assert.Equal("invalid_grant", stolen["error"]);
    }

    [Theory]
    [InlineData("&refresh_token=unknown", "invalid_grant")]
    [InlineData("", "invalid_request")]
    public async Task Refresh_UnknownOrMissing_IsRefused(string parameter, string error) =>
        Assert.Equal(error, (await Caller.TokenAsync("grant_type=refresh_token" + parameter))["error"]);

    [Fact]
    public async Task Refresh_AccountLockedMeanwhile_IsTheNumber17003()
    {
        var first = await SignInAsync();
        for (var i = 0; i < 5; i++)
            await Caller.TokenAsync("grant_type=password&username=alice&password=wrong");

        var answer = await RefreshAsync(first);

        Assert.Equal((HttpStatusCode.BadRequest, "17003"), (answer.Status, answer["error"]));
    }

    private Task<Answer> SignInAsync() => Caller.TokenAsync(Caller.PasswordGrant + "&scope=read+write");

    private Task<Answer> RefreshAsync(Answer previous, string more = "") => Caller.TokenAsync($"grant_type=refresh_token&refresh_token={previous["refresh_token"]}{more}");
}
