using System.Net;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.Tests;

public class EndpointBehaviorTests : IAsyncLifetime
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
    public async Task FailNext_CalledTwice_FailsInTurnAndThenRecovers()
    {
        _server.TokenEndpointBehavior.FailNext(2, 503, retryAfter: "7");
        _server.TokenEndpointBehavior.FailNext(1, 500, body: "", contentType: "");

        var first = await TokenAsync();
        var second = await TokenAsync();
        var third = await TokenAsync();
        var fourth = await TokenAsync();

        Assert.Equal([503, 503, 500, 200], new[] { first, second, third, fourth }.Select(a => (int)a.Status));
        Assert.Equal(("server_error", "7"), (second["error"], second.Headers.RetryAfter!.ToString()));
        Assert.Equal(("", null), (third.Body, third.ContentType));
        Assert.Equal(4, _server.TokenRequests);
    }

    [Fact]
    public async Task FailNext_BodyAndType_AreSentAsGiven()
    {
        _server.TokenEndpointBehavior.FailNext(1, 502, "<html>Bad Gateway</html>", "text/html");

        var answer = await TokenAsync();

        Assert.Equal((HttpStatusCode.BadGateway, "<html>Bad Gateway</html>", "text/html"), (answer.Status, answer.Body, answer.ContentType!.ToString()));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(205)]
    public async Task FailNext_StatusThatHasNoBody_IsSentWithoutOne(int statusCode)
    {
        _server.TokenEndpointBehavior.FailNext(1, statusCode);
        _server.TokenEndpointBehavior.FailNext(1, statusCode, "body");
        _server.ApiBehavior.FailNext(1, statusCode);

        foreach (var answer in new[] { await TokenAsync(), await TokenAsync(), await _caller.CallAsync(null) })
            Assert.Equal((statusCode, ""), ((int)answer.Status, answer.Body));
    }

    [Fact]
    public async Task FailNext_TokenEndpointTooManyRequests_BodyIsTheProxys()
    {
        _server.TokenEndpointBehavior.FailNext(1, 429, retryAfter: "30");

        var answer = await TokenAsync();

        Assert.Equal(("Status report", "30"), (answer["type"], answer.Headers.RetryAfter!.ToString()));
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(1, 199)]
    [InlineData(1, 600)]
    public void FailNext_OutOfRange_Throws(int count, int status) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _server.TokenEndpointBehavior.FailNext(count, status));

    [Fact]
    public async Task FailUntilCleared_Api_FailsUntilCleared()
    {
        var token = await _caller.GetTokenAsync();
        _server.ApiBehavior.FailUntilCleared(429, retryAfter: _time.GetUtcNow().AddMinutes(1).ToString("R"));

        var answers = new[] { await _caller.CallAsync(token), await _caller.CallAsync(token) };
        _server.ApiBehavior.Clear();
        var after = await _caller.CallAsync(token);

        Assert.All(answers, a => Assert.Equal(((HttpStatusCode)429, "900802"), (a.Status, a["code"])));
        Assert.Equal(TimeSpan.FromMinutes(1), answers[0].Headers.RetryAfter!.Date - answers[0].Headers.Date);
        Assert.Equal(HttpStatusCode.OK, after.Status);
    }

    [Fact]
    public async Task Latency_Set_AnswersOnceTheClockHasPassedIt()
    {
        _server.TokenEndpointBehavior.Latency = TimeSpan.FromSeconds(2);

        var request = TokenAsync();
        await _server.WaitForTokenRequestsAsync(1);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal((1, 0), (_time.ActiveTimers, _server.LiveTokens));
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(HttpStatusCode.OK, (await request).Status);
    }

    [Fact]
    public void Latency_Negative_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => _server.ApiBehavior.Latency = TimeSpan.FromTicks(-1));

    [Fact]
    public async Task Hang_SetBack_HandlesWhatHung()
    {
        _server.TokenEndpointBehavior.Hang = true;

        var request = TokenAsync();
        await _server.WaitForTokenRequestsAsync(1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _caller.CallAsync(null)).Status); // A round trip later
        Assert.False(request.IsCompleted);
        _server.TokenEndpointBehavior.Hang = false;

        Assert.Equal(HttpStatusCode.OK, (await request).Status);
    }

    [Fact]
    public async Task HangNext_One_LetsTheNextThroughAndClearReleases()
    {
        _server.TokenEndpointBehavior.HangNext();

        var hanging = TokenAsync();
        await _server.WaitForTokenRequestsAsync(1);
        var next = await TokenAsync();
        Assert.False(hanging.IsCompleted);
        _server.TokenEndpointBehavior.Clear();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (next.Status, (await hanging).Status));
    }

    [Fact]
    public async Task Hang_ClientGoesAway_EndsTheRequest()
    {
        _server.TokenEndpointBehavior.Hang = true;
        using var cancellation = new CancellationTokenSource();
        var request = _caller.Http.PostAsync(_server.TokenEndpoint, new FormUrlEncodedContent([]), cancellation.Token);
        await _server.WaitForTokenRequestsAsync(1);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        // Resetting sets the maximum to what is under way, which the server finds out from the closed connection.
        async Task UntilIdleAsync()
        {
            for (_server.ResetCounters(); _server.MaxConcurrentTokenRequests > 0; _server.ResetCounters())
                await Task.Yield();
        }

        await Task.Run(UntilIdleAsync).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task AbortConnections_Set_CutsWithoutHandling()
    {
        _server.TokenEndpointBehavior.AbortConnections = true;

        await Assert.ThrowsAsync<HttpRequestException>(TokenAsync);
        _server.TokenEndpointBehavior.AbortConnections = false;

        Assert.Equal(0, _server.LiveTokens);
        Assert.Equal(HttpStatusCode.OK, (await TokenAsync()).Status);
    }

    [Fact]
    public async Task AbortNext_One_CutsOneConnection()
    {
        _server.TokenEndpointBehavior.AbortNext();

        await Assert.ThrowsAsync<HttpRequestException>(TokenAsync);

        Assert.Equal(HttpStatusCode.OK, (await TokenAsync()).Status);
        Assert.Equal(1, _server.LiveTokens);
        Assert.Null(_server.RecordedTokenRequests[0].StatusCode);
    }

    [Fact]
    public async Task LoseNextResponses_Fifty_HandlesTheRequestsAndCutsTheConnections()
    {
        _server.TokenEndpointBehavior.LoseNextResponses(50);

        for (var i = 0; i < 50; i++)
            await Assert.ThrowsAsync<HttpRequestException>(TokenAsync);

        Assert.Equal(50, _server.LiveTokens);
        Assert.All(_server.RecordedTokenRequests, r => Assert.Null(r.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await TokenAsync()).Status);
    }

    [Fact]
    public async Task LoseNextResponses_ApiThrows_CutsTheConnectionAllTheSame()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.Api = _ => throw new InvalidOperationException("broken"));
        using var caller = new Caller(server);
        server.ApiBehavior.LoseNextResponses();

        await Assert.ThrowsAsync<HttpRequestException>(() => caller.CallAsync(server.IssueToken()));
        Assert.Equal(HttpStatusCode.InternalServerError, (await caller.CallAsync(server.IssueToken())).Status);
    }

    [Fact]
    public async Task Override_EndlessBody_ReachesTheClientUntilItGoesAway()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.TokenEndpointBehavior.Override = async context =>
        {
            using var registration = context.RequestAborted.Register(left.SetResult);
            while (true)
                await context.Response.Body.WriteAsync(new byte[1024], context.RequestAborted);
        };

        using (var response = await _caller.Http.SendAsync(new HttpRequestMessage(HttpMethod.Post, _server.TokenEndpoint), HttpCompletionOption.ResponseHeadersRead))
        using (var body = await response.Content.ReadAsStreamAsync())
            await body.ReadExactlyAsync(new byte[100_000]);
        await left.Task.WaitAsync(TimeSpan.FromSeconds(10));

        _server.TokenEndpointBehavior.Override = null;
        Assert.Equal(HttpStatusCode.OK, (await TokenAsync()).Status);
    }

    [Fact]
    public async Task Override_Throws_AnswersWithTheException()
    {
        _server.ApiBehavior.Override = _ => throw new InvalidOperationException("No such order.");

        var answer = await _caller.CallAsync(null);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Contains("No such order.", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clear_EverythingSwitched_RestoresAll()
    {
        var behavior = _server.TokenEndpointBehavior;
        behavior.Latency = TimeSpan.FromHours(1);
        behavior.FailNext(3, 500);
        behavior.FailUntilCleared(500);
        behavior.AbortConnections = behavior.Hang = true;
        behavior.Override = context => context.Response.WriteAsync("no");

        behavior.Clear();

        Assert.Equal((TimeSpan.Zero, false, false, null), (behavior.Latency, behavior.Hang, behavior.AbortConnections, behavior.Override));
        Assert.Equal(HttpStatusCode.OK, (await TokenAsync()).Status);
    }

    [Fact]
    public async Task RevocationEndpointBehavior_FailNext_LeavesTheTokenEndpointAlone()
    {
        _server.RevocationEndpointBehavior.FailNext(1, 503);

        var token = await _caller.GetTokenAsync();
        var revocation = await _caller.PostAsync(_server.RevocationEndpoint, $"token={token}", Caller.Basic("test-client", "test-secret"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, revocation.Status);
        Assert.Equal(1, _server.LiveTokens);
    }

    [Fact]
    public async Task DiscoveryBehavior_FailNext_FailsTheMetadata()
    {
        _server.DiscoveryBehavior.FailNext(1, 404, "gone", "text/plain");

        var metadata = await _caller.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{_server.Issuer}/.well-known/openid-configuration"));

        Assert.Equal((HttpStatusCode.NotFound, "gone", 1), (metadata.Status, metadata.Body, _server.DiscoveryRequests));
    }

    private Task<Answer> TokenAsync() => _caller.TokenAsync("grant_type=client_credentials");
}
