using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>What a sign-in sends, and what it makes of each answer on the way to a code (RFC 8628 §3.2, and WSO2's app-native authentication).</summary>
public sealed class SignInAnswerTests
{
    private const string Needed = """ "device_code":"d","user_code":"ABCD","verification_uri":"https://idp.example/go" """;
    private const string Start = """{"flowId":"the-flow","nextStep":{"authenticators":[{"authenticatorId":"basic"},{"authenticatorId":"other"}]}}""";

    [Theory]
    [InlineData(Needed, "ABCD https://idp.example/go  600")]
    [InlineData(""" "device_code":"d","user_code":4711,"verification_url":"http://idp.example/go","expires_in":"90" """, "4711 http://idp.example/go  90")]
    [InlineData(Needed + ""","verification_uri_complete":"https://idp.example/go?c=1","expires_in":90.5""", "ABCD https://idp.example/go https://idp.example/go?c=1 90")]
    [InlineData(Needed + ""","verification_uri_complete":"http://idp.example/go?c=1","expires_in":0""", "ABCD https://idp.example/go http://idp.example/go?c=1 1")]
    [InlineData(Needed + ""","verification_uri_complete":"javascript:alert(1)","expires_in":1e12""", "ABCD https://idp.example/go  86400")]
    [InlineData(Needed + ""","verification_uri_complete":"/go","expires_in":"soon" """, "ABCD https://idp.example/go  600")]
    public async Task Device_FromAnAnswerWithACode_IsShownWhatToDo(string members, string expected)
    {
        var prompts = new List<DeviceCodePrompt>();
        await using var app = await StartDeviceAsync(prompts, $"{{{members}}}");
        var startedAt = app.Clock.GetUtcNow();
        app.Server.TokenEndpointBehavior.FailUntilCleared(400, """{"error":"access_denied"}""", "application/json");

        await FailAsync(app);

        var prompt = Assert.Single(prompts);
        Assert.Equal(expected, $"{prompt.UserCode} {prompt.VerificationUri} {prompt.VerificationUriComplete} {(prompt.ExpiresAt - startedAt).TotalSeconds}");
    }

    [Theory]
    [InlineData(""" "user_code":"ABCD","verification_uri":"https://idp.example/go" """)]
    [InlineData(""" "device_code":"d","verification_uri":"https://idp.example/go" """)]
    [InlineData(""" "device_code":"d","user_code":"ABCD" """)]
    [InlineData(""" "device_code":"d","user_code":"ABCD","verification_uri":"/go" """)]
    [InlineData(""" "device_code":"d","user_code":"ABCD","verification_uri":"javascript:alert(1)" """)]
    [InlineData(""" "device_code":["d"],"user_code":"ABCD","verification_uri":"https://idp.example/go" """)]
    public async Task Device_FromAnAnswerThatLacksSomething_IsShownNothing(string members)
    {
        var prompts = new List<DeviceCodePrompt>();
        await using var app = await StartDeviceAsync(prompts, $"{{{members}}}");

        var exception = await FailAsync(app);

        Assert.EndsWith("/device_authorize answered 200. The answer is not what such an endpoint says; check DeviceAuthorizationEndpoint, and that no page or proxy is in front of it.", exception.Message, StringComparison.Ordinal);
        Assert.Empty(prompts);
    }

    /// <summary>The device asks as often as it is told to, and more seldom where the server is out of order: twice as long, up to a minute, or as long as the server wants.</summary>
    [Theory]
    [InlineData("3", 503, null, "3 6")]
    [InlineData("\"3\"", 503, "20", "3 20")]
    [InlineData("3", 503, "4", "3 6")]
    [InlineData("40", 503, null, "40 60")]
    [InlineData("100", 503, null, "100 100")]
    [InlineData("0", 503, null, "1 2")]
    [InlineData("null", 503, null, "5 10")]
    [InlineData("1e9", 503, null, "3600 3600")]
    [InlineData("3", 400, null, "3 8")]
    public async Task Device_AtAServerThatIsOutOfOrderOrInAHurry_AsksMoreSeldom(string interval, int status, string? retryAfter, string expected)
    {
        var clock = new PassingClock();
        var failure = await RunDeviceAsync(clock, $"{{{Needed},\"expires_in\":86400,\"interval\":{interval}}}", server =>
        {
            server.TokenEndpointBehavior.FailNext(1, status, status == 400 ? """{"error":"slow_down"}""" : "", "application/json", retryAfter);
            server.TokenEndpointBehavior.FailUntilCleared(400, """{"error":"access_denied"}""", "application/json");
        });

        Assert.Equal(("access_denied", expected), (failure!.Error, string.Join(' ', clock.Waits.Select(wait => wait.TotalSeconds))));
    }

    [Fact]
    public async Task Device_WhoseCodeExpires_SaysAfterHowLong()
    {
        var clock = new PassingClock();
        var failure = await RunDeviceAsync(clock, $"{{{Needed},\"expires_in\":15}}", server => server.TokenEndpointBehavior.FailUntilCleared(400, """{"error":"authorization_pending"}""", "application/json"));

        Assert.Equal(("nobody signed in before the code expired, after 15 s. Call again for a new one.", 400), (failure!.Message, failure.Status));
        Assert.Equal(3, clock.Waits.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("orders:read orders:write")]
    public async Task Device_AsksForItsScopesAlone(string? scopes)
    {
        await using var app = await StartDeviceAsync([], "{}", client =>
        {
            foreach (var scope in scopes?.Split(' ') ?? [])
                client.Scopes.Add(scope);
        });

        await FailAsync(app);

        var form = Assert.Single(app.Server.RecordedDeviceRequests).Form;
        Assert.Equal((scopes is not null, scopes), (form.ContainsKey("scope"), form.GetValueOrDefault("scope")));
    }

    /// <summary>The code is beside what the login says, or within it.</summary>
    [Theory]
    [InlineData("""{"code":"c1"}""", "c1")]
    [InlineData("""{"authData":{"code":"c2"}}""", "c2")]
    [InlineData("""{"code":"c1","authData":{"code":"c2"}}""", "c1")]
    [InlineData("""{"code":7,"authData":{"code":"c2"}}""", "c2")]
    [InlineData("""{"authData":{"code":7}}""", null)]
    [InlineData("""{"authData":"c2"}""", null)]
    [InlineData("""{"flowStatus":"INCOMPLETE"}""", null)]
    public async Task Agent_ThatHasLoggedIn_RedeemsTheCodeOfItsLogin(string login, string? code)
    {
        await using var app = await StartAgentAsync();
        Answer(app.Server.AuthorizationEndpointBehavior, Start);
        Answer(app.Server.AuthenticationEndpointBehavior, login);
        Answer(app.Server.TokenEndpointBehavior, """{"access_token":"a"}""");

        if (code is null)
        {
            var exception = await FailAsync(app);
            Assert.Equal("OAuth2 client 'orders': the authorization server did not take the agent's id and secret. Check AgentId and AgentSecret, and that the agent is not locked.", exception.Message);
            Assert.Equal(("access_denied", true, 0), (exception.Error, exception.WasAnswered, app.Server.TokenRequests));
            return;
        }

        Assert.Equal("a", (await app.GetTokenAsync()).Value);
        Assert.Equal(code, app.Server.RecordedTokenRequests[0].Form["code"]);
    }

    [Fact]
    public async Task Agent_OnItsWayToACode_SendsWhatBelongsTogether()
    {
        await using var app = await StartAgentAsync(client =>
        {
            client.Scopes.Add("orders:read");
            client.Scopes.Add("orders:write");
        });
        Answer(app.Server.AuthorizationEndpointBehavior, Start);
        Answer(app.Server.AuthenticationEndpointBehavior, """{"code":"c1"}""");
        Answer(app.Server.TokenEndpointBehavior, """{"access_token":"a"}""");

        await app.GetTokenAsync();

        var (start, redeemed) = (app.Server.RecordedAuthorizationRequests[0].Form, app.Server.RecordedTokenRequests[0].Form);
        Assert.Equal(
            (OAuth2TestServer.DefaultClientId, "code", "direct", "https://agent.example/callback", "orders:read orders:write", "S256"),
            (start["client_id"], start["response_type"], start["response_mode"], start["redirect_uri"], start["scope"], start["code_challenge_method"]));
        Assert.Equal(("authorization_code", "https://agent.example/callback"), (redeemed["grant_type"], redeemed["redirect_uri"]));
        Assert.Equal(start["code_challenge"], Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(redeemed["code_verifier"]))));
        Assert.Equal(43, redeemed["code_verifier"].Length);
        Assert.Equal(
            """{"flowId":"the-flow","selectedAuthenticator":{"authenticatorId":"basic","params":{"username":"agent-47","password":"agents-secret"}}}""",
            Encoding.UTF8.GetString(app.Server.RecordedAuthenticationRequests[0].Body.Span));
    }

    [Theory]
    [InlineData("""{"flowId":"f","nextStep":{"authenticators":[]}}""")]
    [InlineData("""{"flowId":"f","nextStep":{"authenticators":{}}}""")]
    [InlineData("""{"flowId":"f","nextStep":{"authenticators":["basic"]}}""")]
    [InlineData("""{"flowId":"f","nextStep":{"authenticators":[{"authenticatorId":7}]}}""")]
    [InlineData("""{"flowId":"f","nextStep":[]}""")]
    [InlineData("""{"flowId":"f"}""")]
    [InlineData("""{"nextStep":{"authenticators":[{"authenticatorId":"basic"}]}}""")]
    public async Task Agent_WhoseLoginDoesNotBegin_SendsNoSecret(string start)
    {
        await using var app = await StartAgentAsync();
        Answer(app.Server.AuthorizationEndpointBehavior, start);

        var exception = await FailAsync(app);

        Assert.Equal("OAuth2 client 'orders': the authorization endpoint began no login of an agent. Allow app-native authentication for the application at the authorization server.", exception.Message);
        Assert.Equal((null, true, 0), (exception.Error, exception.WasAnswered, app.Server.AuthenticationRequests));
    }

    [Fact]
    public async Task Agent_WhoseSecretIsNotThere_SaysSo()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var app = await StartAgentAsync(client => (client.AgentSecret, client.AgentSecretFile) = (null, file));
        Answer(app.Server.AuthorizationEndpointBehavior, Start);

        var exception = await FailAsync(app);

        Assert.Equal($"OAuth2 client 'orders': the agent secret cannot be read: Could not find file '{file}'. Check AgentSecretFile.", exception.Message);
        Assert.Equal(0, app.Server.AuthenticationRequests);
    }

    // Reads what was sent, so that it is recorded.
    private static void Answer(EndpointBehavior endpoint, string body) => endpoint.Override = async context =>
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    };

    private static async Task<TokenFailure?> RunDeviceAsync(PassingClock clock, string answer, Action<OAuth2TestServer> configure)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        server.DeviceAuthorizationEndpointBehavior.FailNext(1, 200, answer, "application/json");
        configure(server);
        var client = new ClientSettings("orders", new OAuth2ClientOptions
        {
            TokenEndpoint = server.TokenEndpoint,
            DeviceAuthorizationEndpoint = server.DeviceAuthorizationEndpoint,
            ClientId = OAuth2TestServer.DefaultClientId,
            GrantType = GrantTypes.DeviceCode,
            DeviceCodeCallback = static (_, _) => default,
            TokenRequestTimeout = PassingClock.Timeout,
        });
        var spec = new TokenSpec(new ClientProtocol(client), null);
        return (await spec.Protocol.SignIn!.RunAsync(new AuthorizationServer(static () => new HttpClient(), clock), spec, new SteadyClock(clock), async: true)).Failure;
    }

    private static async Task<OAuth2TokenException> FailAsync(TestApp app)
    {
        var failing = Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.GetTokenAsync(TestApp.ClientName).AsTask());
        await app.AdvanceUntilAsync(failing);
        return await failing;
    }

    private static Task<TestApp> StartDeviceAsync(List<DeviceCodePrompt> prompts, string answer, Action<OAuth2ClientOptions>? set = null) => StartAsync(
        (client, server) =>
        {
            (client.GrantType, client.DeviceAuthorizationEndpoint) = (GrantTypes.DeviceCode, server.DeviceAuthorizationEndpoint);
            client.DeviceCodeCallback = (prompt, _) =>
            {
                prompts.Add(prompt);
                return default;
            };
            set?.Invoke(client);
        },
        server => Answer(server.DeviceAuthorizationEndpointBehavior, answer));

    private static Task<TestApp> StartAgentAsync(Action<OAuth2ClientOptions>? set = null) => StartAsync((client, _) =>
    {
        (client.GrantType, client.AgentId, client.AgentSecret, client.RedirectUri) = (GrantTypes.AuthorizationCode, "agent-47", "agents-secret", "https://agent.example/callback");
        set?.Invoke(client);
    });

    private static Task<TestApp> StartAsync(Action<OAuth2ClientOptions, OAuth2TestServer> set, Action<OAuth2TestServer>? started = null)
    {
        OAuth2TestServer server = null!;
        return TestApp.StartAsync(client: client => set(client, server), started: running =>
        {
            server = running;
            started?.Invoke(running);
        });
    }

    /// <summary>Time passes as soon as somebody waits for it, up to what is a time-out.</summary>
    private sealed class PassingClock : TimeProvider
    {
        public static readonly TimeSpan Timeout = TimeSpan.FromDays(2);

        private readonly ManualTimeProvider _clock = new();

        public List<TimeSpan> Waits { get; } = [];

        public override long TimestampFrequency => _clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

        public override long GetTimestamp() => _clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = _clock.CreateTimer(callback, state, dueTime, period);
            if (dueTime < Timeout)
            {
                Waits.Add(dueTime);
                _clock.Advance(dueTime);
            }

            return timer;
        }
    }
}
