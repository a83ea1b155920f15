using System.Diagnostics;
using System.Net;

namespace OAuthClient.Testing.Tests;

public class OAuth2TestServerTests
{
    [Fact]
    public async Task StartAsync_NothingConfigured_DefaultClientGetsTokenThatOpensApi()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);

        var token = await caller.TokenAsync(
            "grant_type=client_credentials&scope=orders%3Aread",
            Caller.Basic(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret));
        var call = await caller.CallAsync(token["access_token"], "orders/1?full=true");

        Assert.Equal(HttpStatusCode.OK, token.Status);
        Assert.Equal(HttpStatusCode.OK, call.Status);
        Assert.Equal(
            ("GET", "/api/orders/1", "?full=true", "test-client", "", "orders:read"),
            (call["method"], call["path"], call["query"], call["client_id"], call["user"], call["scope"]));
    }

    [Fact]
    public async Task StartAsync_Twice_OriginsAndTokensAreApart()
    {
        await using var one = await OAuth2TestServer.StartAsync();
        await using var two = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(one);

        await caller.GetTokenAsync();

        Assert.NotEqual(one.BaseAddress, two.BaseAddress);
        Assert.Equal((1, 0), (one.LiveTokens, two.LiveTokens));
    }

    [Fact]
    public async Task StartAsync_Uris_AreWhereTheDocumentationSays()
    {
        await using var server = await OAuth2TestServer.StartAsync();

        var root = server.BaseAddress.AbsoluteUri;
        Assert.Matches("^http://127\\.0\\.0\\.1:[0-9]+/$", root);
        Assert.Equal(
            [$"{root}oauth2/token", $"{root}oauth2/token", $"{root}oauth2/revoke", $"{root}oauth2/jwks", $"{root}api/"],
            new[] { server.TokenEndpoint, server.Issuer, server.RevocationEndpoint, server.JwksUri, server.ApiBaseAddress }.Select(u => u.AbsoluteUri));
    }

    [Fact]
    public async Task StartAsync_Port_IsTheOneListenedOn()
    {
        int port;
        await using (var first = await OAuth2TestServer.StartAsync())
        {
            port = first.BaseAddress.Port;
            var taken = await Assert.ThrowsAnyAsync<IOException>(() => OAuth2TestServer.StartAsync(o => o.Port = port));
            Assert.Contains($"{port}", taken.Message, StringComparison.Ordinal);
        }

        await using var again = await OAuth2TestServer.StartAsync(o => o.Port = port);
        using var caller = new Caller(again);

        Assert.Equal(port, again.BaseAddress.Port);
        await caller.GetTokenAsync();
    }

    [Fact]
    public async Task StartAsync_SettingsCannotWork_NamesThemAllAtOnce()
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => OAuth2TestServer.StartAsync(o =>
        {
            o.Clients.Add(new TestClient("twice", null));
            o.Clients.Add(new TestClient("twice", null));
            o.Users.Add(new TestUser("double", ""));
            o.Users.Add(new TestUser("double", ""));
            o.Clients.Add(new TestClient("workload", null) { AssertionIssuer = "https://platform.example" });
            o.ApiKey = "key";
            o.HeaderName = " ";
            o.RecordedRequestLimit = -1;
            o.Port = 65536;
            o.WaitTimeout = TimeSpan.FromSeconds(-2);
            o.RequiredScopes["orders"] = "read";
            o.CustomGrants["password"] = _ => { };
        }));

        foreach (var named in (string[])["'twice'", "'double'", "'workload' has part of AssertionIssuer", "ApiKeyHeaderName", "HeaderName is empty", "-1", "Port is 65536", "WaitTimeout is", "'orders'", "CustomGrants holds 'password'"])
            Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'key'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_WaitTimeoutLongerThanATimerCan_IsNamed() =>
        Assert.Contains("WaitTimeout is", (await Assert.ThrowsAsync<ArgumentException>(() => OAuth2TestServer.StartAsync(o => o.WaitTimeout = TimeSpan.MaxValue))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task MaxConcurrentTokenRequests_ThreeOfFourAtOnce_IsThree()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        server.TokenEndpointBehavior.HangNext(3);

        var requests = Enumerable.Range(0, 3).Select(_ => caller.GetTokenAsync()).ToArray();
        await server.WaitForTokenRequestsAsync(3);
        server.TokenEndpointBehavior.Clear();
        await Task.WhenAll(requests);
        await caller.GetTokenAsync();

        Assert.Equal((4, 3), (server.TokenRequests, server.MaxConcurrentTokenRequests));
    }

    [Fact]
    public async Task ResetCounters_AfterTraffic_ForgetsItAndKeepsTokens()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        await caller.CallAsync(await caller.GetTokenAsync());
        await caller.PostAsync(server.RevocationEndpoint, "", null);

        Assert.Equal((1, 1, 1), (server.TokenRequests, server.ApiCalls, server.RevocationRequests));
        server.ResetCounters();

        Assert.Equal((0, 0, 0), (server.TokenRequests, server.ApiCalls, server.RevocationRequests));
        Assert.Empty(server.RecordedTokenRequests.Concat(server.RecordedApiCalls).Concat(server.RecordedRevocationRequests));
        Assert.Equal(1, server.LiveTokens);
    }

    [Fact]
    public async Task WaitForApiCallsAsync_NumberNotReached_WaitsUntilItIsOrCancelled()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        using var cancellation = new CancellationTokenSource();

        var two = server.WaitForApiCallsAsync(2);
        var ten = server.WaitForApiCallsAsync(10, cancellation.Token);
        await caller.CallAsync(null);
        Assert.False(two.IsCompleted);
        await caller.CallAsync(null);
        await two.WaitAsync(TimeSpan.FromSeconds(10));
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ten);
    }

    [Fact]
    public async Task WaitForTokenRequestsAsync_TooFewArrive_FailsAndTellsWhatDid()
    {
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.TimeProvider = new ManualTimeProvider();
            o.WaitTimeout = TimeSpan.Zero;
        });
        using var caller = new Caller(server);
        await caller.PostAsync(new Uri($"{server.TokenEndpoint}?client_secret=hush"), "grant_type=client_credentials", null);

        var exception = await Assert.ThrowsAsync<TimeoutException>(() => server.WaitForTokenRequestsAsync(2));
        var nothing = await Assert.ThrowsAsync<TimeoutException>(() => server.WaitForCompletedApiCallsAsync(1));

        Assert.Contains("for 2 token requests to arrive: 1 arrived", exception.Message, StringComparison.Ordinal);
        Assert.Contains("POST /oauth2/token (400)", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", exception.Message, StringComparison.Ordinal);
        Assert.Contains("for 1 API calls to be over: 0 arrived", nothing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitForCompletedTokenRequestsAsync_RequestHangs_WaitsForItsAnswer()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        server.TokenEndpointBehavior.HangNext();

        var request = caller.GetTokenAsync();
        var completed = server.WaitForCompletedTokenRequestsAsync(1);
        await server.WaitForTokenRequestsAsync(1);
        Assert.False(completed.IsCompleted);
        server.TokenEndpointBehavior.Clear();
        await completed;

        Assert.Equal((200, 1), (server.RecordedTokenRequests[0].StatusCode, server.LiveTokens));
        await request;
    }

    [Fact]
    public async Task WaitForCompletedApiCallsAsync_ConnectionCutOrNoBody_CountsAsOver()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.Api = _ => Task.CompletedTask);
        using var caller = new Caller(server);
        var token = await caller.GetTokenAsync();
        server.ApiBehavior.AbortNext();

        await Assert.ThrowsAsync<HttpRequestException>(() => caller.CallAsync(token));
        await server.WaitForCompletedApiCallsAsync(1);
        await caller.CallAsync(token);
        await server.WaitForCompletedApiCallsAsync(2);

        Assert.Equal([null, 200], server.RecordedApiCalls.Select(c => c.StatusCode));
    }

    [Fact]
    public async Task WaitForCompletedApiCallsAsync_CountersResetMeanwhile_DoesNotCountWhatBeganBefore()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        server.ApiBehavior.HangNext();
        var before = caller.CallAsync(null);
        await server.WaitForApiCallsAsync(1);

        server.ResetCounters();
        server.ApiBehavior.Clear();
        await before;
        await caller.CallAsync(null);
        await server.WaitForCompletedApiCallsAsync(1);

        server.Options.WaitTimeout = TimeSpan.Zero;
        await Assert.ThrowsAsync<TimeoutException>(() => server.WaitForCompletedApiCallsAsync(2));
    }

    [Theory]
    [InlineData(false, HttpStatusCode.BadRequest)]
    [InlineData(true, HttpStatusCode.OK)]
    public async Task RevokeAllTokens_WithOrWithoutRefreshTokens_RevokesThem(bool keepRefreshTokens, HttpStatusCode refresh)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        var first = await caller.TokenAsync(Caller.PasswordGrant);
        await caller.GetTokenAsync();

        server.RevokeAllTokens(keepRefreshTokens);

        Assert.Equal(0, server.LiveTokens);
        Assert.Equal(HttpStatusCode.Unauthorized, (await caller.CallAsync(first["access_token"])).Status);
        Assert.Equal(refresh, (await caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}")).Status);
    }

    [Fact]
    public async Task RevokeToken_KnownOrNot_SaysWhetherThereWasAnythingToRevoke()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        var token = await caller.TokenAsync(Caller.PasswordGrant);

        Assert.Equal(
            (true, false, true, false, false),
            (server.RevokeToken(token["access_token"]!), server.RevokeToken(token["access_token"]!),
                server.RevokeToken(token["refresh_token"]!), server.RevokeToken(token["refresh_token"]!), server.RevokeToken("unknown")));
    }

    [Fact]
    public async Task DateHeader_ManualClock_IsThatClocks()
    {
        var time = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(o => o.TimeProvider = time);
        using var caller = new Caller(server);

        time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(time.GetUtcNow(), (await caller.CallAsync(null)).Headers.Date);
    }

    [Fact]
    public async Task DisposeAsync_RequestHangs_IsCutOffAndThePortClosed()
    {
        var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        server.TokenEndpointBehavior.Hang = true;
        var request = caller.TokenAsync("grant_type=client_credentials");
        await server.WaitForTokenRequestsAsync(1);

        var watch = Stopwatch.StartNew();
        await server.DisposeAsync();
        await server.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => request);
        await Assert.ThrowsAsync<HttpRequestException>(() => caller.CallAsync(null));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Server_Serving_ShowsNoActivityOfItsOwn()
    {
        var sources = new HashSet<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source =>
            {
                lock (sources)
                    sources.Add(source.Name);
                return true;
            },
        };
        ActivitySource.AddActivityListener(listener);

        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        await caller.GetTokenAsync();

        Assert.DoesNotContain(sources, name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }
}
