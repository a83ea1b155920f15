using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>Sign-ins that have a pace of their own, and end with tokens that a source goes on with.</summary>
public sealed class SignInTests
{
    private const string Agent = "agent-47";

    [Fact]
    public async Task Call_OfADevice_WaitsForTheUserAndThenGoesOnWithoutHim()
    {
        var prompts = new List<DeviceCodePrompt>();
        await using var app = await StartAsync(GrantTypes.DeviceCode, prompts);
        using var http = app.CreateClient();

        var calls = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => http.GetStringAsync(new Uri("orders", UriKind.Relative))));
        await TestApp.UntilAsync(() => prompts.Count > 0 && app.IsWaiting);
        app.Server.ApproveDevice(prompts[0].UserCode, OAuth2TestServer.DefaultUsername);
        await app.AdvanceUntilAsync(calls);

        Assert.Single(prompts);
        Assert.Equal((app.Server.PendingUserCodes.Count, TestApp.ClientName), (0, prompts[0].ClientName));
        Assert.Contains(prompts[0].UserCode, prompts[0].ToString(), StringComparison.Ordinal);
        Assert.Equal("device_code", app.Server.RecordedTokenRequests[0].Form["grant_type"].Split(':')[^1]);

        // What came with it renews the token, and nobody is asked again.
        await app.ForceTokenAsync();
        Assert.Equal("refresh_token", app.Server.RecordedTokenRequests[^1].Form["grant_type"]);
        Assert.Single(prompts);
    }

    [Fact]
    public async Task Poll_ThatIsTooEarlyForTheServer_ComesMoreSeldom()
    {
        var prompts = new List<DeviceCodePrompt>();
        await using var app = await StartAsync(GrantTypes.DeviceCode, prompts, server => server.DevicePollInterval = TimeSpan.FromSeconds(1));

        var token = app.GetTokenAsync();
        await TestApp.UntilAsync(() => prompts.Count > 0);
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"slow_down"}""", "application/json");
        await UntilPollsAsync(app, 4);
        app.Server.ApproveDevice(prompts[0].UserCode, OAuth2TestServer.DefaultUsername);
        await app.AdvanceUntilAsync(token);

        var times = app.Server.RecordedTokenRequests.Select(request => request.ReceivedAt).ToArray();
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange((pair.Second - pair.First).TotalSeconds, 5.9, 7));
    }

    [Fact]
    public async Task Poll_OfAServerThatIsOutOfOrder_GoesOn()
    {
        var prompts = new List<DeviceCodePrompt>();
        await using var app = await StartAsync(GrantTypes.DeviceCode, prompts, server => server.DevicePollInterval = TimeSpan.FromSeconds(1));

        var token = app.GetTokenAsync();
        await TestApp.UntilAsync(() => prompts.Count > 0);
        app.Server.TokenEndpointBehavior.FailNext(1, 503);
        app.Server.ApproveDevice(prompts[0].UserCode, OAuth2TestServer.DefaultUsername);
        await app.AdvanceUntilAsync(token);

        Assert.Equal([503, 200], app.Server.RecordedTokenRequests.Select(request => request.StatusCode!.Value));
    }

    [Theory]
    [InlineData(true, "access_denied")]
    [InlineData(false, "expired")]
    public async Task Call_OfADeviceThatNobodySignsInWith_Fails(bool isDenied, string says)
    {
        var prompts = new List<DeviceCodePrompt>();
        await using var app = await StartAsync(GrantTypes.DeviceCode, prompts, server => server.DeviceCodeLifetime = TimeSpan.FromSeconds(30));

        var token = Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.GetTokenAsync(TestApp.ClientName).AsTask());
        await TestApp.UntilAsync(() => prompts.Count > 0 && app.IsWaiting);
        if (isDenied)
            app.Server.DenyDevice(prompts[0].UserCode);
        await app.AdvanceUntilAsync(token);

        Assert.Contains(says, (await token).Message, StringComparison.Ordinal);

        // Whoever comes at once is told the same, and later there is another code.
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        Assert.Single(prompts);
        app.Clock.Advance(TimeSpan.FromSeconds(20));
        var again = app.Tokens.GetTokenAsync(TestApp.ClientName).AsTask();
        await TestApp.UntilAsync(() => prompts.Count == 2);
        app.Server.ApproveDevice(prompts[1].UserCode, OAuth2TestServer.DefaultUsername);
        await app.AdvanceUntilAsync(again);
    }

    /// <summary>Whoever gives up does so for himself alone.</summary>
    [Fact]
    public async Task Call_ThatIsCancelledWhileTheUserSignsIn_LeavesTheOthersWaiting()
    {
        var prompts = new List<DeviceCodePrompt>();
        await using var app = await StartAsync(GrantTypes.DeviceCode, prompts);
        using var cancellation = new CancellationTokenSource();

        var impatient = app.Tokens.GetTokenAsync(TestApp.ClientName, null, cancellation.Token).AsTask();
        var patient = app.Tokens.GetTokenAsync(TestApp.ClientName).AsTask();
        await TestApp.UntilAsync(() => prompts.Count > 0 && app.IsWaiting);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        app.Server.ApproveDevice(prompts[0].UserCode, OAuth2TestServer.DefaultUsername);
        await app.AdvanceUntilAsync(patient);
        Assert.Single(prompts);
    }

    [Fact]
    public async Task Call_AfterTheRefreshTokenWasRefused_HasTheUserSignInAgain()
    {
        var prompts = new List<DeviceCodePrompt>();
        await using var app = await StartAsync(GrantTypes.DeviceCode, prompts);
        var first = app.GetTokenAsync();
        await ApproveAsync(app, prompts, 1);
        await app.AdvanceUntilAsync(first);
        app.Server.RevokeAllTokens();
        app.Clock.Advance(TimeSpan.FromHours(2));

        var second = app.Tokens.GetTokenAsync(TestApp.ClientName).AsTask();
        await ApproveAsync(app, prompts, 2);
        await app.AdvanceUntilAsync(second);

        Assert.NotEqual((await first).Value, (await second).Value);
    }

    /// <summary>What the user granted is what is asked for again (RFC 6749 §6).</summary>
    [Fact]
    public async Task Refresh_AfterASignIn_AsksForWhatWasGranted()
    {
        var prompts = new List<DeviceCodePrompt>();
        await using var app = await StartAsync(GrantTypes.DeviceCode, prompts, client: client => client.Scopes.Add("orders:read"));
        var first = app.GetTokenAsync();
        await ApproveAsync(app, prompts, 1);
        await app.AdvanceUntilAsync(first);

        await app.ForceTokenAsync();

        Assert.False(app.Server.RecordedTokenRequests[^1].Form.ContainsKey("scope"));
    }

    [Fact]
    public async Task Call_OfAnAgent_SignsItInAndExchangesTheCode()
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, []);
        using var http = app.CreateClient();

        await http.GetStringAsync(new Uri("orders", UriKind.Relative));
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        var token = new JsonWebToken((await app.GetTokenAsync()).Value);
        Assert.Equal((Agent, "AGENT"), (token.Subject, token.GetPayloadValue<string>("aut")));
        Assert.Equal((1, 1, 1), (app.Server.AuthorizationRequests, app.Server.AuthenticationRequests, app.Server.TokenRequests));
        Assert.Equal("S256", app.Server.RecordedAuthorizationRequests[0].Form["code_challenge_method"]);
    }

    [Fact]
    public async Task Call_OfAnAgentWithAWrongSecret_FailsAndIsNotTriedAtOnceAgain()
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, [], client: client => client.AgentSecret = "not-the-agents-secret");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains("did not take the agent's id and secret. Check AgentId and AgentSecret", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-agents-secret", exception.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, app.Server.AuthenticationRequests);
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "did not take the agent's id and secret."));
    }

    [Fact]
    public async Task Status_AfterASignInThatFailedAndOneThatDidNot_TellsOfNoFailure()
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, []);
        app.Server.AuthorizationEndpointBehavior.FailUntilCleared(503, "", "text/plain");
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        Assert.NotNull(app.Tokens.GetStatus(TestApp.ClientName).Failure);
        app.Server.AuthorizationEndpointBehavior.Clear();
        app.Clock.Advance(TimeSpan.FromMinutes(15));

        await app.GetTokenAsync();

        Assert.Null(app.Tokens.GetStatus(TestApp.ClientName).Failure);
    }

    [Fact]
    public async Task Call_OfAnAgentThatIsSynchronous_SignsItIn()
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, []);
        using var http = app.CreateClient();

        using var answer = await Task.Factory.StartNew(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders")), TaskCreationOptions.LongRunning);

        Assert.True(answer.IsSuccessStatusCode);
    }

    /// <summary>Nobody is asked to sign in for a token that still serves: but for a new one, or for the API that has rejected it.</summary>
    [Fact]
    public async Task Call_OfAnAgentWithoutARefreshToken_SignsInWhereTheTokenServesNoMore()
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, [], server => server.ConfigureTokenResponse = response => response.Remove("refresh_token"));
        using var http = app.CreateClient();
        var first = await app.GetTokenAsync();
        app.Clock.Advance(first.ExpiresAt - app.Clock.GetUtcNow() - TimeSpan.FromSeconds(20));
        Assert.Equal(first.Value, (await app.GetTokenAsync()).Value);
        await app.IdleAsync();
        Assert.Equal((1, 1), (app.Server.AuthenticationRequests, app.Server.TokenRequests));

        var second = await app.ForceTokenAsync();
        Assert.NotEqual(first.Value, second.Value);
        Assert.Equal(2, app.Server.AuthenticationRequests);

        app.Server.RevokeAllTokens();
        using var rejected = await http.GetAsync(new Uri("orders", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, rejected.StatusCode);
        Assert.Equal(second.Value, (await app.GetTokenAsync()).Value);
        Assert.Equal(2, app.Server.AuthenticationRequests);
        using var accepted = await http.GetAsync(new Uri("orders", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.OK, accepted.StatusCode);
        Assert.Equal(3, app.Server.AuthenticationRequests);
    }

    [Fact]
    public async Task Call_OfAnAgentWhoseTokenIsStale_RefreshesBehind()
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, []);
        var first = await app.GetTokenAsync();
        app.Clock.Advance(first.ExpiresAt - app.Clock.GetUtcNow() - TimeSpan.FromSeconds(20));

        Assert.Equal(first.Value, (await app.GetTokenAsync()).Value);
        await app.Server.WaitForTokenRequestsAsync(2);
        Assert.Equal(1, app.Server.AuthenticationRequests);
    }

    [Fact]
    public async Task Call_OfAnAgentAtTheVeryInstantOfReplacement_SignsIn()
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, [], server => server.ConfigureTokenResponse = response => response.Remove("refresh_token"));
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);
        var first = await app.GetTokenAsync();
        app.Clock.Advance(TimeSpan.FromMilliseconds(client.State.Default.State.Current!.ReplaceAt - client.Clock.Now));

        Assert.NotEqual(first.Value, (await app.GetTokenAsync()).Value);
        Assert.Equal(2, app.Server.AuthenticationRequests);
    }

    [Fact]
    public async Task Call_WhoseDeviceCodeCallbackThrows_FailsWithThat()
    {
        await using var app = await StartAsync(GrantTypes.DeviceCode, [], client: client => client.DeviceCodeCallback = (_, _) => throw new InvalidOperationException("No screen."));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal("OAuth2 client 'orders': the sign-in failed with InvalidOperationException; the inner exception tells more.", exception.Message);
        Assert.Equal("No screen.", exception.InnerException?.Message);
    }

    /// <summary>There is no setting for where an agent signs in: it is found beside the token endpoint, or by the issuer.</summary>
    [Theory]
    [InlineData(false, 404, "the authorization endpoint {0} answered 404. There is no authorization endpoint at this address; check TokenEndpoint.")]
    [InlineData(true, 404, "There is no authorization endpoint at this address; check Issuer.")]
    [InlineData(false, 302, "answered 302. It sends a user's browser elsewhere. Allow app-native authentication for the application at the authorization server, and check TokenEndpoint.")]
    [InlineData(false, 200, "The answer is not what such an endpoint says; check TokenEndpoint, and that no page or proxy is in front of it.")]
    public async Task Call_OfAnAgentWhoseLoginFails_NamesTheSettingThatLeadsThere(bool byIssuer, int status, string expected)
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, [], client: client =>
            (client.Issuer, client.TokenEndpoint) = (byIssuer ? client.TokenEndpoint : null, byIssuer ? null : client.TokenEndpoint));
        app.Server.AuthorizationEndpointBehavior.FailUntilCleared(status, "<html/>", "text/html");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains(expected.Replace("{0}", new Uri(app.Server.TokenEndpoint, "authorize").AbsoluteUri, StringComparison.Ordinal), exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/oauth2/tokens", "there is no authorization endpoint. Set Issuer, Provider, or TokenEndpoint to an address that ends with /token, beside which it is looked for.")]
    [InlineData("http://127.0.0.1:1/oauth2/token", "http://127.0.0.1:1/oauth2/authorize cannot be reached. Check TokenEndpoint,")]
    public async Task Call_OfAnAgentWhoseLoginIsNotThere_NamesTheSettingThatLeadsThere(string tokenEndpoint, string expected)
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, [], client: client => client.TokenEndpoint = new Uri(tokenEndpoint));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ThatNeedsADevicesCode_FromAPageThatIsNoEndpoint_NamesTheSetting()
    {
        await using var app = await StartAsync(GrantTypes.DeviceCode, []);
        app.Server.DeviceAuthorizationEndpointBehavior.FailUntilCleared(200, "<html/>", "text/html");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains("answered 200. The answer is not what such an endpoint says; check DeviceAuthorizationEndpoint, and", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>What an agent signs in for: to act for a user, by name of its client.</summary>
    [Fact]
    public async Task Exchange_WithTheAgentAsActor_TellsOfBoth()
    {
        await using var app = await StartAsync(GrantTypes.AuthorizationCode, [], configureServices: (services, server) => services.AddOAuth2Client("for-alice", options =>
        {
            (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (server.TokenEndpoint, OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
            (options.GrantType, options.SubjectToken, options.ActorTokenClient) = (GrantTypes.TokenExchange, server.IssueToken(username: OAuth2TestServer.DefaultUsername), TestApp.ClientName);
        }));

        var token = new JsonWebToken((await app.Tokens.GetTokenAsync("for-alice")).Value);

        Assert.Equal(OAuth2TestServer.DefaultUsername, token.Subject);
        Assert.Equal(Agent, token.GetPayloadValue<System.Text.Json.JsonElement>("act").GetProperty("sub").GetString());
    }

    private static async Task ApproveAsync(TestApp app, List<DeviceCodePrompt> prompts, int count)
    {
        await TestApp.UntilAsync(() => prompts.Count == count && app.IsWaiting);
        app.Server.ApproveDevice(prompts[^1].UserCode, OAuth2TestServer.DefaultUsername);
    }

    private static Task UntilPollsAsync(TestApp app, int count) => TestApp.UntilAsync(() =>
    {
        if (app.IsWaiting)
            app.Clock.Advance(TimeSpan.FromMilliseconds(100));
        return app.Server.RecordedTokenRequests.Count >= count;
    });

    private static Task<TestApp> StartAsync(
        string grantType, List<DeviceCodePrompt> prompts, Action<OAuth2TestServerOptions>? server = null, Action<OAuth2ClientOptions>? client = null, Action<IServiceCollection, OAuth2TestServer>? configureServices = null)
    {
        OAuth2TestServer running = null!;
        return TestApp.StartAsync(
            options =>
            {
                options.Users.Add(new TestUser(OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
                options.Agents.Add(new TestAgent(Agent, "agents-secret"));
                options.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { GrantTypes = { grantType, GrantTypes.TokenExchange } });
                server?.Invoke(options);
            },
            options =>
            {
                options.GrantType = grantType;
                if (grantType == GrantTypes.DeviceCode)
                    (options.DeviceAuthorizationEndpoint, options.DeviceCodeCallback) = (running.DeviceAuthorizationEndpoint, (prompt, _) => { prompts.Add(prompt); return default; });
                else
                    (options.AgentId, options.AgentSecret, options.RedirectUri) = (Agent, "agents-secret", "https://agent.example/callback");
                client?.Invoke(options);
            },
            services => configureServices?.Invoke(services, running),
            started => running = started);
    }
}
