using System.Net;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.Tests;

public class EndpointBehaviorTests : ServerTests
{
    [Fact]
    public async Task FailNext_CalledTwice_FailsInTurnAndThenRecovers()
    {
        Server.TokenEndpointBehavior.FailNext(2, 503, retryAfter: "7");
        Server.TokenEndpointBehavior.FailNext(1, 500, body: "", contentType: "");

        var first = await TokenAsync();
        var second = await TokenAsync();
        var third = await TokenAsync();
        var fourth = await TokenAsync();

        Assert.Equal([503, 503, 500, 200], new[] { first, second, third, fourth }.Select(a => (int)a.Status));
        Assert.Equal(("server_error", "7"), (second["error"], second.Headers.RetryAfter!.ToString()));
        Assert.Equal(("", null), (third.Body, third.ContentType));
        Assert.Equal(4, Server.TokenRequests);
    }

    [Fact]
    public async Task FailNext_BodyAndType_AreSentAsGiven()
    {
        Server.TokenEndpointBehavior.FailNext(1, 502, "<html>Bad Gateway</html>", "text/html");

        var answer = await TokenAsync();

        Assert.Equal((HttpStatusCode.BadGateway, "<html>Bad Gateway</html>", "text/html"), (answer.Status, answer.Body, answer.ContentType!.ToString()));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(205)]
    public async Task FailNext_StatusThatHasNoBody_IsSentWithoutOne(int statusCode)
    {
        Server.TokenEndpointBehavior.FailNext(1, statusCode);
        Server.TokenEndpointBehavior.FailNext(1, statusCode, "body");
        Server.ApiBehavior.FailNext(1, statusCode);

        foreach (var answer in new[] { await TokenAsync(), await TokenAsync(), await Caller.CallAsync(null) })
            Assert.Equal((statusCode, ""), ((int)answer.Status, answer.Body));
    }

    [Fact]
    public async Task FailNext_TokenEndpointTooManyRequests_BodyIsTheProxys()
    {
        Server.TokenEndpointBehavior.FailNext(1, 429, retryAfter: "30");

        var answer = await TokenAsync();

        Assert.Equal(("Status report", "30"), (answer["type"], answer.Headers.RetryAfter!.ToString()));
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(1, 199)]
    [InlineData(1, 600)]
    public void FailNext_OutOfRange_Throws(int count, int status) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Server.TokenEndpointBehavior.FailNext(count, status));

    [Fact]
    public async Task FailUntilCleared_Api_FailsUntilCleared()
    {
        var token = await Caller.GetTokenAsync();
        Server.ApiBehavior.FailUntilCleared(429, retryAfter: Time.GetUtcNow().AddMinutes(1).ToString("R"));

        var answers = new[] { await Caller.CallAsync(token), await Caller.CallAsync(token) };
        Server.ApiBehavior.Clear();
        var after = await Caller.CallAsync(token);

        Assert.All(answers, a => Assert.Equal(((HttpStatusCode)429, "900802"), (a.Status, a["code"])));
        Assert.Equal(TimeSpan.FromMinutes(1), answers[0].Headers.RetryAfter!.Date - answers[0].Headers.Date);
        Assert.Equal(HttpStatusCode.OK, after.Status);
    }

    [Fact]
    public async Task Latency_Set_AnswersOnceTheClockHasPassedIt()
    {
        Server.TokenEndpointBehavior.Latency = TimeSpan.FromSeconds(2);

        var request = TokenAsync();
        await Server.WaitForTokenRequestsAsync(1);
        Time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal((1, 0), (Time.ActiveTimers, Server.LiveTokens));
        Time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(HttpStatusCode.OK, (await request).Status);
    }

    [Fact]
    public void Latency_Negative_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => Server.ApiBehavior.Latency = TimeSpan.FromTicks(-1));

    [Fact]
    public async Task Hang_SetBack_HandlesWhatHung()
    {
        Server.TokenEndpointBehavior.Hang = true;

        var request = TokenAsync();
        await Server.WaitForTokenRequestsAsync(1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(null)).Status); // A round trip later
        Assert.False(request.IsCompleted);
        Server.TokenEndpointBehavior.Hang = false;

        Assert.Equal(HttpStatusCode.OK, (await request).Status);
    }

    [Fact]
    public async Task HangNext_One_LetsTheNextThroughAndClearReleases()
    {
        Server.TokenEndpointBehavior.HangNext();

        var hanging = TokenAsync();
        await Server.WaitForTokenRequestsAsync(1);
        var next = await TokenAsync();
        Assert.False(hanging.IsCompleted);
        Server.TokenEndpointBehavior.Clear();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (next.Status, (await hanging).Status));
    }

    [Fact]
    public async Task Hang_ClientGoesAway_EndsTheRequest()
    {
        Server.TokenEndpointBehavior.Hang = true;
        using var cancellation = new CancellationTokenSource();
        var request = Caller.Http.PostAsync(Server.TokenEndpoint, new FormUrlEncodedContent([]), cancellation.Token);
        await Server.WaitForTokenRequestsAsync(1);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        // Resetting sets the maximum to what is under way, which the server finds out from the closed connection.
        async Task UntilIdleAsync()
        {
            for (Server.ResetCounters(); Server.MaxConcurrentTokenRequests > 0; Server.ResetCounters())
                await Task.Yield();
        }

        await Task.Run(UntilIdleAsync).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task AbortConnections_Set_CutsWithoutHandling()
    {
        Server.TokenEndpointBehavior.AbortConnections = true;

        await Assert.ThrowsAsync<HttpRequestException>(TokenAsync);
        Server.TokenEndpointBehavior.AbortConnections = false;

        Assert.Equal(0, Server.LiveTokens);
        Assert.Equal(HttpStatusCode.OK, (await TokenAsync()).Status);
    }

    [Fact]
    public async Task AbortNext_One_CutsOneConnection()
    {
        Server.TokenEndpointBehavior.AbortNext();

        await Assert.ThrowsAsync<HttpRequestException>(TokenAsync);

        Assert.Equal(HttpStatusCode.OK, (await TokenAsync()).Status);
        Assert.Equal(1, Server.LiveTokens);
        Assert.Null(Server.RecordedTokenRequests[0].StatusCode);
    }

    [Fact]
    public async Task LoseNextResponses_Fifty_HandlesTheRequestsAndCutsTheConnections()
    {
        Server.TokenEndpointBehavior.LoseNextResponses(50);

        for (var i = 0; i < 50; i++)
            await Assert.ThrowsAsync<HttpRequestException>(TokenAsync);

        Assert.Equal(50, Server.LiveTokens);
        Assert.All(Server.RecordedTokenRequests, r => Assert.Null(r.StatusCode));
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
        Server.TokenEndpointBehavior.Override = async context =>
        {
            using var registration = context.RequestAborted.Register(left.SetResult);
            while (true)
                await context.Response.Body.WriteAsync(new byte[1024], context.RequestAborted);
        };

        using (var response = await Caller.Http.SendAsync(new HttpRequestMessage(HttpMethod.Post, Server.TokenEndpoint), HttpCompletionOption.ResponseHeadersRead))
        using (var body = await response.Content.ReadAsStreamAsync())
            await body.ReadExactlyAsync(new byte[100_000]);
        await left.Task.WaitAsync(TimeSpan.FromSeconds(10));

        Server.TokenEndpointBehavior.Override = null;
        Assert.Equal(HttpStatusCode.OK, (await TokenAsync()).Status);
    }

    [Fact]
    public async Task Override_Throws_AnswersWithTheException()
    {
        Server.ApiBehavior.Override = _ => throw new InvalidOperationException("No such order.");

        var answer = await Caller.CallAsync(null);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Contains("No such order.", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clear_EverythingSwitched_RestoresAll()
    {
        var behavior = Server.TokenEndpointBehavior;
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
        Server.RevocationEndpointBehavior.FailNext(1, 503);

        var token = await Caller.GetTokenAsync();
        var revocation = await Caller.PostAsync(Server.RevocationEndpoint, $"token={token}", Caller.Basic("test-client", "test-secret"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, revocation.Status);
        Assert.Equal(1, Server.LiveTokens);
    }

    [Fact]
    public async Task DiscoveryBehavior_FailNext_FailsTheMetadata()
    {
        Server.DiscoveryBehavior.FailNext(1, 404, "gone", "text/plain");

        var metadata = await Caller.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{Server.Issuer}/.well-known/openid-configuration"));

        Assert.Equal((HttpStatusCode.NotFound, "gone", 1), (metadata.Status, metadata.Body, Server.DiscoveryRequests));
    }

    private Task<Answer> TokenAsync() => Caller.TokenAsync("grant_type=client_credentials");
}
