using System.Net;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>The handler without a container.</summary>
public sealed class OAuth2HandlerTests
{
    [Fact]
    public async Task Create_WithoutContainer_CallsTheApi()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var http = new HttpClient(OAuth2Handler.Create(CreateOptions(server)));

        using var first = await http.GetAsync(new Uri(server.ApiBaseAddress, "orders"));
        using var second = await http.GetAsync(new Uri(server.ApiBaseAddress, "orders"));

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(1, server.TokenRequests);
    }

    [Fact]
    public async Task Create_WithAHandlerForTheTokenEndpoint_SendsTokenRequestsThere()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        await using var target = await OAuth2TestServer.StartAsync();
        using var own = new SocketsHttpHandler();
        using var http = new HttpClient(OAuth2Handler.Create(CreateOptions(server), tokenEndpointHandler: own));
        server.TokenEndpointBehavior.Override = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = target.TokenEndpoint.AbsoluteUri;
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<OAuth2TokenException>(() => http.GetAsync(new Uri(server.ApiBaseAddress, "orders")));

        Assert.Equal((1, 0), (server.TokenRequests, target.TokenRequests));
        Assert.Equal((false, false), (own.AllowAutoRedirect, own.UseCookies));

        // It has sent: its switches are fixed.
        Assert.Throws<InvalidOperationException>(() => own.UseCookies = true);
    }

    [Fact]
    public async Task Dispose_WhileARefreshIsUnderWay_LetsItFinish()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(options => options.TimeProvider = clock);
        var options = CreateOptions(server);
        (options.GrantType, options.Username, options.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        var http = new HttpClient(OAuth2Handler.Create(options, timeProvider: clock));
        using var warm = await http.GetAsync(server.ApiBaseAddress);
        var release = new TaskCompletionSource();
        var wasAborted = new TaskCompletionSource<bool>();
        server.TokenEndpointBehavior.Override = async context =>
        {
            await context.Request.ReadFormAsync();
            await release.Task;
            await context.Response.WriteAsync(new string(' ', 100_000));
            await context.Response.WriteAsync("""{"access_token":"new","refresh_token":"rotated","expires_in":3600}""");
            wasAborted.SetResult(context.RequestAborted.IsCancellationRequested);
        };
        clock.Advance(TimeSpan.FromSeconds(3600 - 30));
        using var stale = await http.GetAsync(server.ApiBaseAddress);
        await server.WaitForTokenRequestsAsync(2);

        http.Dispose();

        // The server has heard of a cut connection by the time it has answered others.
        using var another = new HttpClient();
        for (var i = 0; i < 50; i++)
            using (await another.GetAsync(server.ApiBaseAddress))
                await Task.Yield();
        release.SetResult();

        Assert.False(await wasAborted.Task.WaitAsync(Dose.Patience), "The connection was cut while the refresh was under way.");
        Assert.Equal(HttpStatusCode.OK, stale.StatusCode);
        Assert.Equal(200, server.RecordedTokenRequests[1].StatusCode);
        Assert.Equal("refresh_token", server.RecordedTokenRequests[1].Form["grant_type"]);
    }

    [Fact]
    public async Task Call_ThatNamesAClientWithoutAContainer_IsNotSentAndSaysWhy()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var inner = new Observed();
        using var http = new HttpClient(OAuth2Handler.Create(CreateOptions(server), inner));
        using var request = new HttpRequestMessage(HttpMethod.Get, server.ApiBaseAddress).SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = "billing" });

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => http.SendAsync(request));

        Assert.EndsWith(": the request names the client 'billing', but a handler without a container knows only its own.", exception.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (inner.AsyncCalls, server.TokenRequests));
    }

    [Fact]
    public void Dispose_OfTheHandler_DisposesTheOneUnderIt()
    {
        var inner = new Observed();
        var handler = OAuth2Handler.Create(new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientSecret = "secret", BaseAddress = new Uri("https://api.example/") }, inner);

        handler.Dispose();

        Assert.True(inner.IsDisposed);
    }

    /// <summary>So is the handler that sends token requests, once none is under way.</summary>
    [Fact]
    public async Task Dispose_OfTheHandler_DisposesTheOneOfTheTokenEndpoint()
    {
        var tokens = new Observed();
        var handler = OAuth2Handler.Create(new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientSecret = "secret", BaseAddress = new Uri("https://api.example/") }, tokenEndpointHandler: tokens);

        handler.Dispose();

        await TestApp.UntilAsync(() => tokens.IsDisposed);
    }

    /// <summary>A synchronous call takes no thread but its own: the handlers under ours are called synchronously, too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_OfEitherKind_ReachesTheHandlerUnderItInTheSameWay(bool synchronous)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var inner = new Observed();
        var options = CreateOptions(server);
        options.MaxRequestContentBufferSize = 100;
        using var http = new HttpClient(OAuth2Handler.Create(options, inner));

        foreach (var overrides in (OAuth2TokenRequest[])[new(), new() { NoToken = true }, new() { Scopes = ["orders:write"] }])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server.ApiBaseAddress).SetOAuth2TokenRequest(overrides);
            using var posted = new HttpRequestMessage(HttpMethod.Post, server.ApiBaseAddress) { Content = new StreamContent(new OneWayStream()) }.SetOAuth2TokenRequest(overrides);
            foreach (var call in (HttpRequestMessage[])[request, posted])
                (synchronous ? await Task.Run(() => http.Send(call)) : await http.SendAsync(call)).Dispose();
        }

        Assert.Equal(synchronous ? (6, 0) : (0, 6), (inner.Calls, inner.AsyncCalls));
    }

    private static OAuth2ClientOptions CreateOptions(OAuth2TestServer server) => new()
    {
        TokenEndpoint = server.TokenEndpoint,
        ClientId = OAuth2TestServer.DefaultClientId,
        ClientSecret = OAuth2TestServer.DefaultClientSecret,
        BaseAddress = server.ApiBaseAddress,
    };

    private sealed class Observed : HttpMessageHandler
    {
        public bool IsDisposed { get; private set; }

        public int Calls { get; private set; }

        public int AsyncCalls { get; private set; }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            return new HttpResponseMessage();
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            AsyncCalls++;
            return Task.FromResult(new HttpResponseMessage());
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
