using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>What many calls do when their token is rejected.</summary>
public sealed class RejectedTokenTests
{
    /// <summary>Whatever status a rejection has, a code that speaks of something else than the token costs none.</summary>
    [Theory]
    [InlineData("900805")]
    [InlineData("900906")]
    [InlineData("900908")]
    [InlineData("900910")]
    [InlineData("900912")]
    public async Task Rejection_WithACodeThatNoTokenCures_CostsNoToken(string code)
    {
        await using var app = await TestApp.StartAsync(client: client => client.TokenRejectedStatusCodes.Add(403));
        using var http = app.CreateClient();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));
        app.Server.ApiBehavior.FailUntilCleared(403, $$"""{"code":"{{code}}","message":"m","description":"d"}""");

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal((HttpStatusCode.Forbidden, 1, 2), (answer.StatusCode, app.Server.TokenRequests, app.Server.ApiCalls));
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, $"answered 403 and the call was not sent again: code {code}: "));
        Assert.Equal(code, (await answer.ReadGatewayErrorAsync())?.Code);
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, code));
    }

    [Fact]
    public async Task Rejection_OfATokenThatIsIssuedAgain_SaysSo()
    {
        await using var app = await TestApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.SameToken);
        using var http = app.CreateClient();
        app.Server.ApiBehavior.FailUntilCleared(401);

        (await http.GetAsync(new Uri("orders", UriKind.Relative))).Dispose();

        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "answered 401 and the call was not sent again: the server issued the same token again"));
    }

    [Fact]
    public async Task Rejection_OfOneTokenAfterTheOther_SaysThatNoMoreAreAskedFor()
    {
        await using var app = await TestApp.StartAsync();
        using var http = app.CreateClient();
        app.Server.ApiBehavior.FailUntilCleared(401);
        (await http.GetAsync(new Uri("orders", UriKind.Relative))).Dispose();

        (await http.GetAsync(new Uri("orders", UriKind.Relative))).Dispose();

        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "it rejected the token before it, too, so another is not asked for yet"));
        Assert.Equal(2, app.Server.TokenRequests);
    }

    /// <summary>Each cause is told of, and once.</summary>
    [Fact]
    public async Task Rejection_ForOneCauseAndThenAnother_TellsOfBoth()
    {
        await using var app = await TestApp.StartAsync();
        using var http = app.CreateClient();
        foreach (var challenge in (string[])["Basic", "Negotiate", "Basic", "Negotiate"])
        {
            app.Server.ApiBehavior.Override = context =>
            {
                (context.Response.StatusCode, context.Response.Headers.WWWAuthenticate) = (401, challenge);
                return Task.CompletedTask;
            };
            (await http.GetAsync(new Uri("orders", UriKind.Relative))).Dispose();
        }

        Assert.Equal((1, 1), (app.Log.Count(LogLevel.Warning, "its challenge asks for Basic, not for a token"), app.Log.Count(LogLevel.Warning, "its challenge asks for Negotiate, not for a token")));
        Assert.Equal(1, app.Server.TokenRequests);
    }

    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Calls_ToAnApiThatRejectsEveryToken_AskSeldomAndDisturbNoOtherApi()
    {
        await using var other = await StartOtherApiAsync();
        await using var app = await TestApp.StartAsync(client: client => client.AllowedOrigins.Add(other.BaseAddress.GetLeftPart(UriPartial.Authority)));
        app.Server.ApiBehavior.FailUntilCleared(401);
        var http = app.CreateClient();

        // Each call ends without time passing: neither API's callers wait for the rejected one's back-off.
        for (var i = 0; i < 600; i++)
        {
            using var rejected = await http.GetAsync("orders");
            using var undisturbed = await http.GetAsync(other.ApiBaseAddress);
            Assert.Equal(HttpStatusCode.Unauthorized, rejected.StatusCode);
            Assert.Equal(HttpStatusCode.OK, undisturbed.StatusCode);
            app.Clock.Advance(_tick);
        }

        Assert.InRange(app.Server.TokenRequests, 2, 8);
        Assert.Equal(600, other.ApiCalls);
    }

    [Fact]
    public async Task Calls_ToAnApiThatStopsRejecting_SucceedAtOnce()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.FailUntilCleared(401);
        var http = app.CreateClient();
        for (var i = 0; i < 100; i++)
        {
            using var rejected = await http.GetAsync("orders");
            app.Clock.Advance(_tick);
        }

        app.Server.ApiBehavior.Clear();
        var requests = app.Server.TokenRequests;
        using var accepted = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();
        using var cured = await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        Assert.Equal(HttpStatusCode.OK, cured.StatusCode);
        Assert.Equal(requests + 1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Calls_RejectedByTheHundredAfterARevocation_ShareOneTokenRequest()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();
        app.Server.ApiBehavior.Hang = true;
        var calls = Enumerable.Range(0, 500).Select(i => http.GetAsync($"orders/{i}")).ToArray();
        await app.Server.WaitForApiCallsAsync(501);
        app.Server.ApiBehavior.Hang = false;

        var responses = await Task.WhenAll(calls);

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(2, app.Server.TokenRequests);
        Assert.Equal(1 + 500 + 500, app.Server.ApiCalls);
    }

    [Fact]
    public async Task Call_WhileARevokedTokenIsBeingReplaced_WaitsInsteadOfSendingIt()
    {
        await using var other = await StartOtherApiAsync();
        await using var app = await TestApp.StartAsync(client: client => client.AllowedOrigins.Add(other.BaseAddress.GetLeftPart(UriPartial.Authority)));
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();
        app.Server.TokenEndpointBehavior.Hang = true;
        var rejected = http.GetAsync("orders");
        await app.Server.WaitForTokenRequestsAsync(2);

        var held = Enumerable.Range(0, 20).Select(_ => http.GetAsync("orders")).ToArray();
        using var elsewhere = await http.GetAsync(other.ApiBaseAddress);
        app.Server.TokenEndpointBehavior.Hang = false;
        var responses = await Task.WhenAll(held.Append(rejected));

        Assert.Equal(HttpStatusCode.OK, elsewhere.StatusCode);
        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(1, app.Server.RecordedApiCalls.Count(call => call.StatusCode == 401));
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_RejectedWithTheTokenOfAStickyServer_CauseNoStorm(bool wasAccepted)
    {
        await using var app = await TestApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.SameToken);
        var http = app.CreateClient();
        using var warm = await http.GetAsync(wasAccepted ? "orders" : "oauth2/none");
        app.Server.ApiBehavior.FailUntilCleared(401);
        app.Server.ResetCounters();

        for (var i = 0; i < 600; i++)
        {
            using var response = await http.GetAsync("orders");
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            app.Clock.Advance(_tick);
        }

        Assert.InRange(app.Server.TokenRequests, 1, 7);
        Assert.Equal(600, app.Server.ApiCalls);
    }

    [Fact]
    public async Task Calls_WhoseAnswersArriveAfterTheirTokenWasSuperseded_SendNoTokenRequest()
    {
        await using var app = await TestApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.RevokePrevious);
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.ApiBehavior.Hang = true;
        var calls = Enumerable.Range(0, 50).Select(_ => http.GetAsync("orders")).ToArray();
        await app.Server.WaitForApiCallsAsync(51);
        await app.ForceTokenAsync();
        app.Server.ApiBehavior.Hang = false;

        var responses = await Task.WhenAll(calls);

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(2, app.Server.TokenRequests);
        Assert.Equal(1 + 50 + 50, app.Server.ApiCalls);
    }

    /// <summary>An API of another origin that takes every token.</summary>
    private static async Task<OAuth2TestServer> StartOtherApiAsync()
    {
        var other = await OAuth2TestServer.StartAsync();
        other.ApiBehavior.Override = context => context.Response.WriteAsync("ok");
        return other;
    }
}
