using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

public sealed class TransportTests
{
    // Milliseconds of real time, for tests that would wait for ever where the code is broken.
    private const int Patience = 30_000;

    [Fact]
    public async Task Request_AsksForJson()
    {
        await using var app = await TestApp.StartAsync();

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        var request = Assert.Single(app.Server.RecordedTokenRequests);
        Assert.Equal(("application/json", "application/x-www-form-urlencoded", ""), (request.Headers["Accept"], request.Headers["Content-Type"], request.Query));
    }

    [Fact(Timeout = Patience)]
    public async Task Body_AnnouncedAsTooLong_IsNotRead()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            context.Response.ContentLength = 1024 * 1024 + 1;
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };

        Assert.Contains("answered with more than 1024 KiB", (await FailAsync(app)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16 * 1024)]
    [InlineData(1024 * 1024)]
    public async Task Body_UpToTheLimit_IsRead(int length)
    {
        await using var app = await TestApp.StartAsync();
        const string Token = "{\"access_token\":\"a\"}";
        app.Server.TokenEndpointBehavior.FailNext(1, 200, Token.PadRight(length));

        Assert.Equal("a", (await app.Tokens.GetTokenAsync(TestApp.ClientName)).Value);
    }

    [Fact(Timeout = Patience)]
    public async Task Server_ThatHangs_FailsWithinItsTimeoutAndTheNextCallRecovers()
    {
        await using var app = await TestApp.StartAsync(client: client => client.TokenRequestTimeout = TimeSpan.FromSeconds(5));
        app.Server.TokenEndpointBehavior.Hang = true;

        var call = FailAsync(app);
        await app.Server.WaitForTokenRequestsAsync(1);
        app.Clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.False(call.IsCompleted);
        app.Clock.Advance(TimeSpan.FromTicks(1));
        var exception = await call;

        Assert.Equal(
            $"OAuth2 client 'orders': {app.Server.TokenEndpoint} gave no answer within 00:00:05. Check that it can be reached from here, or raise TokenRequestTimeout.",
            exception.Message);
        Assert.True(exception.IsTransient);

        app.Server.TokenEndpointBehavior.Hang = false;
        await FailAsync(app);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await app.Tokens.GetTokenAsync(TestApp.ClientName));
    }

    [Fact(Timeout = Patience)]
    public async Task Server_ThatHangsWithinItsAnswer_FailsWithinItsTimeout()
    {
        await using var app = await TestApp.StartAsync();
        var begun = new TaskCompletionSource();
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            await context.Response.WriteAsync("{\"access_token\":");
            await context.Response.Body.FlushAsync();
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };

        var call = FailAsync(app);
        await begun.Task;
        app.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Contains("gave no answer within 00:00:30", (await call).Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_ThatHangsUnderASynchronousCall_FailsWithinItsTimeout(bool withinAnswer)
    {
        await using var app = await TestApp.StartAsync();
        var begun = new TaskCompletionSource();
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            if (withinAnswer)
            {
                await context.Response.WriteAsync("{\"access_token\":");
                await context.Response.Body.FlushAsync();
            }

            begun.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var http = app.CreateClient();

        var call = Task.Factory.StartNew(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders")), TaskCreationOptions.LongRunning);
        await begun.Task;
        app.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Contains("gave no answer within 00:00:30", (await Assert.ThrowsAsync<OAuth2TokenException>(() => call)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatRefusesConnections_IsReported()
    {
        await using var app = await TestApp.StartAsync(client: client => client.TokenEndpoint = new Uri($"http://127.0.0.1:{FindClosedPort()}/token"));

        var exception = await FailAsync(app);

        Assert.Matches(@"^OAuth2 client 'orders': http://127\.0\.0\.1:\d+/token cannot be reached\. Check TokenEndpoint, and that the server is running\.$", exception.Message);
        Assert.Equal((true, null, null), (exception.IsTransient, exception.StatusCode, exception.Error));
        Assert.IsType<HttpRequestException>(exception.InnerException);
    }

    [Fact]
    public async Task Server_OfUnknownName_IsReported()
    {
        await using var app = await TestApp.StartAsync(client: client => (client.TokenEndpoint, client.AllowInsecureHttp) = (new Uri("http://does-not-exist.invalid/token"), true));

        var exception = await FailAsync(app);

        Assert.Equal("OAuth2 client 'orders': the host 'does-not-exist.invalid' is not known. Check TokenEndpoint, and that names are resolved here.", exception.Message);
        Assert.True(exception.IsTransient);
    }

    [Fact]
    public async Task Server_WithoutTls_IsReported()
    {
        await using var app = await TestApp.StartAsync(client: client => client.TokenEndpoint = new UriBuilder(client.TokenEndpoint!) { Scheme = "https" }.Uri);

        Assert.Matches(
            @"^OAuth2 client 'orders': no secure connection to https://127\.0\.0\.1:\d+/oauth2/token could be made\. What listens there speaks no TLS; check scheme and port in TokenEndpoint\.$",
            (await FailAsync(app)).Message);
    }

    [Fact]
    public async Task Server_ThatCutsTheConnection_IsReported()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.AbortConnections = true;

        var exception = await FailAsync(app);

        Assert.Equal($"OAuth2 client 'orders': the connection to {app.Server.TokenEndpoint} broke before an answer came. If that lasts, check scheme and port in TokenEndpoint.", exception.Message);
        Assert.True(exception.IsTransient);
    }

    [Fact]
    public async Task Handler_ThatCannotBeMade_IsReportedAsSuch()
    {
        var cause = new InvalidOperationException("No proxy is configured.");
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .ConfigurePrimaryHttpMessageHandler(() => throw cause));

        var exception = await FailAsync(app);

        Assert.Equal($"OAuth2 client 'orders': the request to {app.Server.TokenEndpoint} failed with InvalidOperationException; the inner exception tells more.", exception.Message);
        Assert.Same(cause, exception.InnerException);
        Assert.False(exception.IsTransient);
    }

    [Fact]
    public async Task Handler_WithoutSynchronousSend_IsReportedToASynchronousCaller()
    {
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new AsyncOnly()));

        var exception = Assert.Throws<OAuth2TokenException>(() => app.CreateClient().Send(new HttpRequestMessage(HttpMethod.Get, "orders")));

        Assert.Equal(
            "OAuth2 client 'orders': a handler of the HttpClient 'OAuthClient.TokenEndpoint' cannot send synchronously. Call the API with SendAsync, or override Send in that handler.",
            exception.Message);
    }

    [Theory(Timeout = Patience)]
    [InlineData(407)]
    [InlineData(503)]
    public async Task Proxy_ThatRefusesTheTunnel_IsNamedAndNothingWasSent(int status)
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var address = $"127.0.0.1:{((IPEndPoint)proxy.LocalEndpoint).Port}";
        _ = RefuseAsync(proxy, status);
        await using var app = await TestApp.StartAsync(
            client: client => client.TokenEndpoint = new Uri("https://idp.example/token"),
            services: services => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
                .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { Proxy = new WebProxy($"http://user:canary@{address}") }));

        var exception = await FailAsync(app);

        Assert.Equal(
            $"OAuth2 client 'orders': the proxy http://{address}/ answered {status} when asked for a connection to https://idp.example/token. Check the proxy's settings (HTTPS_PROXY, NO_PROXY), its credentials and what it allows.",
            exception.Message);
        Assert.True(exception.IsTransient);
        Assert.DoesNotContain("canary", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Patience)]
    public async Task Connection_ThatDoesNotComeInTime_IsToldOfAsNone()
    {
        await using var app = await TestApp.StartAsync(services: services => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromMilliseconds(1),
                ConnectCallback = async (_, cancellationToken) =>
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    throw new NotSupportedException();
                },
            }));

        var exception = await FailAsync(app);

        Assert.Equal($"OAuth2 client 'orders': no connection to {app.Server.TokenEndpoint} could be made in time. Check TokenEndpoint, and that no firewall is in the way.", exception.Message);
        Assert.True(exception.IsTransient);
    }

    [Fact]
    public async Task Request_SaysWhatAsks()
    {
        await using var app = await TestApp.StartAsync();

        await app.GetTokenAsync();

        Assert.Equal($"OAuthClient/{typeof(OAuth2Token).Assembly.GetName().Version!.ToString(3)}", app.Server.RecordedTokenRequests[0].Headers["User-Agent"]);
    }

    [Fact]
    public async Task Request_ByAnHttpClientThatSaysWhatAsks_SaysThat()
    {
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName, http => http.DefaultRequestHeaders.Add("User-Agent", "Shop/7")));

        await app.GetTokenAsync();

        Assert.Equal("Shop/7", app.Server.RecordedTokenRequests[0].Headers["User-Agent"]);
    }

    private static async Task RefuseAsync(TcpListener proxy, int status)
    {
        while (true)
        {
            using var connection = await proxy.AcceptTcpClientAsync();
            var stream = connection.GetStream();
            _ = await stream.ReadAsync(new byte[4096]);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
    }

    private static int FindClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task<OAuth2TokenException> FailAsync(TestApp app) =>
        Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync(TestApp.ClientName));

    private sealed class AsyncOnly : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage());
    }
}
