using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Diagnostics;

/// <summary>What listeners learn of a client's life: each name, unit, tag and value.</summary>
public sealed class TelemetryStoryTests
{
    private const string Request = "oauth_client.token_request.duration 0 s: oauth_client.grant_type=client_credentials, server.address=127.0.0.1";
    private static readonly Uri _orders = new("orders", UriKind.Relative);
    private static readonly string[] _nothing = [];

    private readonly string _client = $"told-{Guid.NewGuid():N}";

    [Fact]
    public async Task Meter_TellsOfTokensRequestsRefreshesRejectionsAndFailures()
    {
        using var measured = new Measured(_client);
        await using var app = await StartAsync();
        using var http = app.CreateClient(_client);
        Assert.Equal(_nothing, measured.Take());

        (await http.GetAsync(_orders)).Dispose();
        Assert.Equal([Request, .. Token("waited", 3_600)], measured.Take());

        app.Clock.Advance(TimeSpan.FromMinutes(10));
        (await http.GetAsync(_orders)).Dispose();
        await app.Tokens.GetTokenAsync(_client);
        Assert.Equal([.. Token("fresh", 3_000), .. Token("fresh", 3_000)], measured.Take());

        app.Clock.Advance(TimeSpan.FromMinutes(49.5));
        var first = await app.Tokens.GetTokenAsync(_client);
        await app.IdleAsync();
        Assert.Equal([.. Token("stale", 30), Request, "oauth_client.background_refreshes 1 {refresh}: oauth_client.outcome=fetched"], measured.Take().Order(new Later(Request)));

        Assert.NotEqual(first.Value, (await app.Tokens.GetTokenAsync(_client)).Value);
        app.Server.RevokeAllTokens();
        (await http.GetAsync(_orders)).Dispose();
        Assert.Equal([.. Token("fresh", 3_600), .. Token("fresh", 3_600), Request, "oauth_client.rejected_calls 1 {call}: oauth_client.outcome=resent"], measured.Take());

        app.Server.TokenEndpointBehavior.FailUntilCleared(503, "down", "text/plain");
        app.Clock.Advance(TimeSpan.FromHours(2));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => http.GetAsync(_orders));
        Assert.Equal([$"{Request}, error.type=503", "oauth_client.failing 1 {client}: "], measured.Take());

        app.Server.TokenEndpointBehavior.Clear();
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        (await http.GetAsync(_orders)).Dispose();
        Assert.Equal([Request, .. Token("waited", 3_600)], measured.Take());
    }

    [Fact]
    public async Task Meter_TellsOfARejectionThatIsReturned_AndOfARefreshThatFails()
    {
        using var measured = new Measured(_client);
        await using var app = await StartAsync();
        using var http = app.CreateClient(_client);
        await app.Tokens.GetTokenAsync(_client);
        measured.Take();

        app.Server.ApiBehavior.FailUntilCleared(401);
        (await http.GetAsync(_orders)).Dispose();
        Assert.Contains("oauth_client.rejected_calls 1 {call}: oauth_client.outcome=resent", measured.Take());
        (await http.GetAsync(_orders)).Dispose();
        Assert.Contains("oauth_client.rejected_calls 1 {call}: oauth_client.outcome=returned", measured.Take());

        app.Server.ApiBehavior.Clear();
        app.Server.TokenEndpointBehavior.FailUntilCleared(400, """{"error":"invalid_scope"}""", "application/json");
        app.Clock.Advance(TimeSpan.FromMinutes(59.5));
        await app.Tokens.GetTokenAsync(_client);
        await app.IdleAsync();
        var seen = measured.Take();
        Assert.Contains("oauth_client.background_refreshes 1 {refresh}: oauth_client.outcome=failed", seen);
        Assert.Contains($"{Request}, error.type=invalid_scope", seen);
        Assert.Contains("oauth_client.failing 1 {client}: ", seen);
    }

    [Fact]
    public async Task Meter_TellsOfNoFailingClient_OnceItsProgramHasEnded()
    {
        using var measured = new Measured(_client);
        await using (var app = await StartAsync(options => (options.TokenEndpoint, options.AllowInsecureHttp) = (new Uri("http://127.0.0.1:1/token"), true)))
        {
            await Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.GetTokenAsync(_client).AsTask());
            Assert.Contains("oauth_client.failing 1 {client}: ", measured.Take());
        }

        Assert.Equal(_nothing, measured.Take());
    }

    [Theory]
    [InlineData("http://nowhere.invalid/token", "name_resolution_error")]
    [InlineData("http://127.0.0.1:1/token", "connection_error")]
    public async Task Meter_TellsWhatKeptAnAnswerAway(string endpoint, string error)
    {
        using var measured = new Measured(_client);
        await using var app = await StartAsync(options => (options.TokenEndpoint, options.AllowInsecureHttp) = (new Uri(endpoint), true));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.GetTokenAsync(_client).AsTask());

        Assert.Contains(measured.Take(), text => text.StartsWith("oauth_client.token_request.duration", StringComparison.Ordinal) && text.EndsWith($", error.type={error}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Source_TellsOfAFetch_AndWhoWaitedForIt()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = Listen(ended);
        using var gate = new ManualResetEventSlim();
        await using var app = await StartAsync(server: options => options.ConfigureTokenResponse = _ => gate.Wait(Dose.Patience));
        var (first, firstContext) = CallAsync(app);
        await app.Server.WaitForTokenRequestsAsync(1);
        var (second, secondContext) = CallAsync(app);
        gate.Set();
        await Task.WhenAll(first, second);

        var fetch = Assert.Single(ended);
        Assert.Equal("fetch_token", fetch.OperationName);
        Assert.Null(fetch.ParentId);
        Assert.Equal(ActivityStatusCode.Unset, fetch.Status);
        Assert.Equal(["oauth_client.name", "oauth_client.grant_type", "oauth_client.fetch.reason", "oauth_client.outcome"], fetch.TagObjects.Select(tag => tag.Key));
        Assert.Equal([_client, "client_credentials", "missing", "fetched"], fetch.TagObjects.Select(tag => tag.Value));
        var linked = fetch.Links.Select(link => link.Context.SpanId).ToArray();
        Assert.Equal(firstContext.SpanId, linked[0]);
#if NET9_0_OR_GREATER
        Assert.Equal([firstContext.SpanId, secondContext.SpanId], linked);
#else
        Assert.NotEqual(firstContext.SpanId, secondContext.SpanId);
#endif

        app.Server.TokenEndpointBehavior.FailUntilCleared(401, """{"error":"invalid_client","error_description":"no such client"}""", "application/json");
        var failure = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.GetTokenAsync(_client, new OAuth2TokenRequest { ForceNewToken = true }).AsTask());
        var failed = ended.Last();
        Assert.Equal((ActivityStatusCode.Error, "forced", "failed", "invalid_client"), (failed.Status, failed.GetTagItem("oauth_client.fetch.reason"), failed.GetTagItem("oauth_client.outcome"), failed.GetTagItem("error.type")));
        Assert.EndsWith(failed.StatusDescription!, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(ended.SelectMany(activity => activity.TagObjects), tag => $"{tag.Value}".Contains(OAuth2TestServer.DefaultClientSecret, StringComparison.Ordinal));
    }

    /// <summary>On .NET 8 it leads to those alone who come before it begins.</summary>
    [Fact]
    public async Task Source_TellsOfAHundredWhoWaitAtMost()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = Listen(ended);
        using var gate = new ManualResetEventSlim();
        await using var app = await StartAsync(server: options => options.ConfigureTokenResponse = _ => gate.Wait(Dose.Patience));
        var first = CallAsync(app).Call;
        await app.Server.WaitForTokenRequestsAsync(1);

        // The first has been taken down as the fetch began; a hundred more fill its list.
        var others = Enumerable.Range(0, 105).Select(_ => CallAsync(app).Call).ToArray();
        gate.Set();
        await Task.WhenAll([first, .. others]);

#if NET9_0_OR_GREATER
        Assert.Equal(101, Assert.Single(ended).Links.Count());
#else
        Assert.Single(Assert.Single(ended).Links);
#endif
    }

    private static string[] Token(string state, int left) => [$"oauth_client.tokens 1 {{token}}: oauth_client.token.state={state}", $"oauth_client.token.remaining_lifetime {left} s: oauth_client.token.state={state}"];

    private ActivityListener Listen(ConcurrentQueue<Activity> ended)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "OAuthClient",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("oauth_client.name"), _client))
                    ended.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private (Task Call, ActivityContext Context) CallAsync(TestApp app)
    {
        using var caller = new Activity("caller").Start();
        return (app.Tokens.GetTokenAsync(_client).AsTask(), caller.Context);
    }

    private Task<TestApp> StartAsync(Action<OAuth2ClientOptions>? configure = null, Action<OAuth2TestServerOptions>? server = null)
    {
        OAuth2TestServer? running = null;
        return TestApp.StartAsync(
            options =>
            {
                options.TokenLifetime = TimeSpan.FromHours(1);
                server?.Invoke(options);
            },
            services: services => services.AddOAuth2Client(_client, options =>
            {
                (options.TokenEndpoint, options.BaseAddress) = (running!.TokenEndpoint, running.ApiBaseAddress);
                (options.ClientId, options.ClientSecret) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
                configure?.Invoke(options);
            }),
            started: started => running = started);
    }

    /// <summary>What happens behind a call's back may be measured before what happens in it.</summary>
    private sealed class Later(string begin) : IComparer<string>
    {
        public int Compare(string? x, string? y) => Rank(x).CompareTo(Rank(y));

        private int Rank(string? text) => text == begin ? 1 : text!.Contains("background", StringComparison.Ordinal) ? 2 : 0;
    }
}
