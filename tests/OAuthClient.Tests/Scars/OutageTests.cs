using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Scars;

/// <summary>An authorization server that is down, slow or busy is left alone, and what still works goes on working.</summary>
public sealed class OutageTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>Guards against calls that go out without a token, and against failures that callers cannot tell from the API's own.</summary>
    [Fact]
    public async Task Scar11_NoTokenCanBeHad_ThrowsAndTheApiIsNotCalled()
    {
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = "wrong");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));

        Assert.Equal(TestApp.ClientName, exception.ClientName);
        Assert.Equal("invalid_client", exception.Error);
        Assert.Null(exception.StatusCode);
        Assert.Equal(0, app.Server.ApiCalls);
    }

    /// <summary>Guards against failing calls whose token is still good, and against hammering a server that is down.</summary>
    [Fact]
    public async Task Scar12_ServerIsDownWhileTheTokenIsStale_TheTokenServesAndAttemptsBackOff()
    {
        await using var app = await TestApp.StartAsync();
        var old = await app.GetTokenAsync();
        app.Clock.Advance(TimeSpan.FromSeconds(3600 - 40));
        app.Server.TokenEndpointBehavior.FailUntilCleared(503);
        var http = app.CreateClient();

        // Each attempt fails before the next step, so that none is mistaken for being under way still.
        foreach (var attempts in new[] { 1, 2, 3 })
        {
            Assert.Equal(old.Value, (await app.GetTokenAsync()).Value);
            await app.Server.WaitForTokenRequestsAsync(1 + attempts);
            await app.UntilAsync(_ => app.Log.Count(LogLevel.Warning, "got no token") == attempts);
            for (var i = 0; i < 50; i++)
            {
                using var response = await http.GetAsync("orders");
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }

            Assert.Equal(1 + attempts, app.Server.TokenRequests);
            app.Clock.Advance(attempts * 2 * _second);
        }
    }

    /// <summary>Guards against asking before the time that the server named, in either form, and against waiting for days because it named one.</summary>
    [Theory]
    [InlineData(429, "30", 30)]
    [InlineData(503, "30", 30)]
    [InlineData(429, "+30", 30)]
    [InlineData(503, "+30", 30)]
    [InlineData(429, "86400", 300)]
    [InlineData(503, "+86400", 300)]
    public async Task Scar13_RetryAfter_NoTokenRequestBeforeItIsDue(int status, string retryAfter, int expectedSeconds)
    {
        await using var app = await TestApp.StartAsync();
        if (retryAfter[0] == '+')
            retryAfter = app.Clock.GetUtcNow().AddSeconds(int.Parse(retryAfter, CultureInfo.InvariantCulture)).ToString("R");
        app.Server.TokenEndpointBehavior.FailNext(1, status, retryAfter: retryAfter);

        for (var i = 0; i < 30; i++)
        {
            // Whichever token is wanted: it is the endpoint that asked for quiet.
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => i % 2 == 0 ? app.GetTokenAsync() : app.GetTokenAsync("other"));
            Assert.Equal(expectedSeconds * (30 - i) / 30, exception.RetryAfter?.TotalSeconds);
            app.Clock.Advance(expectedSeconds * _second / 30);
        }

        Assert.Equal(1, app.Server.TokenRequests);
        await app.GetTokenAsync();
    }

    /// <summary>Guards against comparing the server's date with a clock of this machine that is wrong.</summary>
    [Fact]
    public async Task Scar13_RetryAfterDateOfAServerWhoseClockIsAhead_IsReadAgainstItsOwnDate()
    {
        await using var app = await TestApp.StartAsync();
        var serversNow = app.Clock.GetUtcNow().AddHours(1);
        app.Server.TokenEndpointBehavior.Override = context =>
        {
            app.Server.TokenEndpointBehavior.Override = null;
            context.Response.StatusCode = 429;
            context.Response.Headers.Date = serversNow.ToString("R");
            context.Response.Headers.RetryAfter = serversNow.AddSeconds(30).ToString("R");
            return Task.CompletedTask;
        };

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Clock.Advance(30 * _second);
        await app.GetTokenAsync();

        Assert.Equal(30, exception.RetryAfter?.TotalSeconds);
    }

    /// <summary>Guards against calls that hang for as long as the token endpoint does, and for ever after.</summary>
    [Fact]
    public async Task Scar22_TokenEndpointHangs_FailsWithinItsTimeoutAndTheNextCallRecovers()
    {
        await using var app = await TestApp.StartAsync(client: client => client.TokenRequestTimeout = TimeSpan.FromSeconds(10));
        app.Server.TokenEndpointBehavior.HangNext();
        var http = app.CreateClient();
        var call = http.GetAsync("orders");
        await app.Server.WaitForTokenRequestsAsync(1);

        app.Clock.Advance(10 * _second);
        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => call);
        app.Clock.Advance(_second);
        using var response = await http.GetAsync("orders");

        Assert.True(exception.IsTransient);
        Assert.Contains("TokenRequestTimeout", exception.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Guards against a body that drips, for which a time-out of the headers alone is no help.</summary>
    [Fact]
    public async Task Scar22_TokenEndpointNeverEndsItsAnswer_FailsWithinItsTimeout()
    {
        var begun = new TaskCompletionSource();
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .AddHttpMessageHandler(() => new HeadersObserver(begun)));
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            await context.Response.Body.WriteAsync("{"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var call = app.GetTokenAsync();
        await begun.Task;

        app.Clock.Advance(30 * _second);

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => call);
        Assert.True(exception.IsTransient);
    }

    private sealed class HeadersObserver(TaskCompletionSource arrived) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            arrived.SetResult();
            return response;
        }
    }
}
