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

    private static OAuth2ClientOptions CreateOptions(OAuth2TestServer server) => new()
    {
        TokenEndpoint = server.TokenEndpoint,
        ClientId = OAuth2TestServer.DefaultClientId,
        ClientSecret = OAuth2TestServer.DefaultClientSecret,
        BaseAddress = server.ApiBaseAddress,
    };
}
