using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>A rotated refresh token outlives the process where the program stores it.</summary>
public sealed class RefreshTokenCallbackTests
{
    private static readonly TimeSpan _life = TimeSpan.FromMinutes(15);

    private readonly List<OAuth2RefreshToken> _told = [];

    [Fact]
    public async Task Callback_GetsEachRefreshTokenOnce_AndTheNextStartGoesOnWithTheLast()
    {
        await using var app = await StartAsync(Tell);
        await app.GetTokenAsync();
        var first = Assert.Single(_told);
        Assert.Equal((TestApp.ClientName, null), (first.ClientName, first.Initial));
        Assert.DoesNotContain(first.Value, first.ToString(), StringComparison.Ordinal);

        app.Clock.Advance(_life);
        await app.GetTokenAsync();
        Assert.Equal(2, _told.Count);
        Assert.NotEqual(first.Value, _told[1].Value);

        // Another process, with what was stored and no password.
        await using var next = app.StartAnother(options =>
        {
            options.GrantType = GrantTypes.RefreshToken;
            options.Parameters["refresh_token"] = _told[1].Value;
            options.RefreshTokenCallback = Tell;
        });
        await next.GetTokenAsync();
        Assert.Equal(3, _told.Count);
        Assert.Equal(_told[1].Value, _told[2].Initial);
        app.Clock.Advance(_life);
        await next.GetTokenAsync();
        Assert.Equal(4, _told.Count);
        Assert.Equal(_told[1].Value, _told[3].Initial);
        Assert.All(app.Server.RecordedTokenRequests, request => Assert.Equal(200, request.StatusCode));
    }

    [Fact]
    public async Task Callback_WhereNothingRotates_IsCalledOnce()
    {
        await using var app = await StartAsync(Tell, rotates: false);
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        await app.GetTokenAsync();

        Assert.Single(_told);
    }

    [Fact]
    public async Task Callback_ThatThrows_FailsNoCall_AndIsLoggedWithoutItsText()
    {
        await using var app = await StartAsync((token, _) => throw new InvalidOperationException(token.Value));
        await app.GetTokenAsync();

        var logged = Assert.Single(app.Log.Entries, entry => entry.Message.Contains("RefreshTokenCallback", StringComparison.Ordinal)).Message;
        Assert.Contains("InvalidOperationException", logged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callback_ThatHangs_IsLeftAfterTokenRequestTimeout()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(async (token, cancellationToken) =>
        {
            await using var registration = cancellationToken.Register(ended.SetResult);
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        });
        var getting = app.GetTokenAsync();
        await begun.Task.WaitAsync(Dose.Patience);
        Assert.False(getting.IsCompleted);
        app.Clock.Advance(TimeSpan.FromSeconds(30));

        await getting;
        await ended.Task.WaitAsync(Dose.Patience);
    }

    [Fact]
    public async Task Callback_OfASynchronousCall_HasEndedBeforeTheCallGoesOn()
    {
        using var gate = new SemaphoreSlim(0);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(async (token, cancellationToken) =>
        {
            begun.SetResult();
            await gate.WaitAsync(cancellationToken);
            _told.Add(token);
        });
        using var http = app.CreateClient();
        var call = Task.Factory.StartNew(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders")), TaskCreationOptions.LongRunning);
        await begun.Task.WaitAsync(Dose.Patience);
        Assert.Equal(0, app.Server.ApiCalls);
        gate.Release();

        (await call).Dispose();
        Assert.Single(_told);
    }

    private ValueTask Tell(OAuth2RefreshToken token, CancellationToken cancellationToken)
    {
        _told.Add(token);
        return default;
    }

    private static Task<TestApp> StartAsync(Func<OAuth2RefreshToken, CancellationToken, ValueTask> callback, bool rotates = true) => TestApp.StartAsync(
        options => (options.TokenLifetime, options.RotateRefreshTokens) = (_life, rotates),
        options =>
        {
            (options.GrantType, options.Username, options.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
            options.RefreshTokenCallback = callback;
        });
}
