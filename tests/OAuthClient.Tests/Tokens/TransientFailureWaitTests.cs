using System.Net;

namespace OAuthClient.Tests.Tokens;

/// <summary>How long a call without a token waits for a token server that is out of order.</summary>
public sealed class TransientFailureWaitTests
{
    private static readonly TimeSpan _wait = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_WhileTheServerIsOutOfOrder_WaitsAndSucceeds(bool synchronous)
    {
        await using var app = await StartAsync(_wait);
        app.Server.TokenEndpointBehavior.FailNext(1, 503);
        var start = app.Clock.GetUtcNow();
        var http = app.CreateClient();

        var call = synchronous ? Task.Run(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders"))) : http.GetAsync("orders");
        await app.AdvanceUntilAsync(call);

        using var response = await call;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((2, 1), (app.Server.TokenRequests, app.Server.ApiCalls));
        Assert.InRange(app.Clock.GetUtcNow() - start, TimeSpan.FromSeconds(0.7), TimeSpan.FromSeconds(1.1));
    }

    [Fact]
    public async Task Call_WhereTheServerNamesATime_WaitsForThat()
    {
        await using var app = await StartAsync(_wait);
        app.Server.TokenEndpointBehavior.Override = context =>
        {
            app.Server.TokenEndpointBehavior.Clear();
            context.Response.Headers.RetryAfter = "5";
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        var start = app.Clock.GetUtcNow();

        await app.AdvanceUntilAsync(app.GetTokenAsync());

        Assert.InRange(app.Clock.GetUtcNow() - start, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.5));
    }

    [Fact]
    public async Task Get_WithoutAnHttpClient_WaitsToo()
    {
        await using var app = await StartAsync(_wait);
        app.Server.TokenEndpointBehavior.FailNext(2, 503);

        await app.AdvanceUntilAsync(app.GetTokenAsync());

        Assert.Equal(3, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Calls_ThatWaitTogether_ShareTheRequests()
    {
        await using var app = await StartAsync(_wait);
        app.Server.TokenEndpointBehavior.FailNext(1, 503);
        var http = app.CreateClient();

        var calls = Task.WhenAll(Enumerable.Range(0, 50).Select(_ => http.GetAsync("orders")));
        await app.AdvanceUntilAsync(calls);

        Assert.All(await calls, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Call_WhereTheServerStaysOutOfOrder_FailsAtTheEndOfTheWaitWithItsFailure()
    {
        await using var app = await StartAsync(_wait);
        app.Server.TokenEndpointBehavior.FailUntilCleared(503);
        var start = app.Clock.GetUtcNow();

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.AdvanceUntilAsync(app.CreateClient().GetAsync("orders")));

        Assert.True(exception.IsTransient);
        Assert.Contains("answered 503", exception.Message, StringComparison.Ordinal);
        Assert.InRange(app.Clock.GetUtcNow() - start, _wait, _wait + TimeSpan.FromSeconds(0.2));
        Assert.Equal(0, app.Server.ApiCalls);
    }

    // Asking for the time that the server wants to be left alone is no waiting for it.
    [Fact]
    public async Task Call_WhereTheServerWantsALongerWait_AsksOnceAndFails()
    {
        await using var app = await StartAsync(TimeSpan.FromSeconds(4));
        app.Server.TokenEndpointBehavior.FailUntilCleared(429, retryAfter: "60");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.AdvanceUntilAsync(app.CreateClient().GetAsync("orders")));

        Assert.Equal((1, TimeSpan.FromSeconds(56)), (app.Server.TokenRequests, exception.RetryAfter));
    }

    [Fact]
    public async Task Call_ByDefault_FailsAtOnce()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, 503);

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));

        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData(401, "invalid_client")]
    [InlineData(400, "invalid_grant")]
    [InlineData(400, "invalid_scope")]
    public async Task Call_ThatIsRefused_FailsAtOnce(int status, string error)
    {
        await using var app = await StartAsync(_wait);
        app.Server.TokenEndpointBehavior.FailUntilCleared(status, $$"""{"error":"{{error}}"}""");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));

        Assert.Equal((error, 1), (exception.Error, app.Server.TokenRequests));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_CancelledWhileItWaits_Ends(bool synchronous)
    {
        await using var app = await StartAsync(_wait);
        app.Server.TokenEndpointBehavior.FailUntilCleared(503);
        using var cancellation = new CancellationTokenSource();
        var http = app.CreateClient();

        var call = synchronous ? Task.Run(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders"), cancellation.Token)) : http.GetAsync("orders", cancellation.Token);
        await TestApp.UntilAsync(() => app.IsWaiting);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Dose.Patience));
        Assert.Equal(1, app.Server.TokenRequests);
    }

    private static Task<TestApp> StartAsync(TimeSpan wait) => TestApp.StartAsync(client: client => client.TransientFailureWait = wait);
}
