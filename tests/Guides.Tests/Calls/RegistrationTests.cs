using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OAuthClient;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class RegistrationTests
{
    [Fact]
    public async Task Calls_ThatDiffer_HaveOtherTokensOrNone()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server);
        Registration.Register(builder);
        using var host = builder.Build();
        var http = host.Services.GetRequiredKeyedService<HttpClient>(Loopback.Client);

        using var plain = new HttpRequestMessage(HttpMethod.Get, "orders");
        using var other = new HttpRequestMessage(HttpMethod.Get, "orders");
        using var none = new HttpRequestMessage(HttpMethod.Get, "orders");
        Registration.UseOtherScopes(other);
        Registration.UseNoToken(none);

        Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(plain)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(other)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.SendAsync(none)).StatusCode);
        Assert.Equal("orders:write", server.RecordedTokenRequests[1].Form["scope"]);
        Assert.DoesNotContain("Authorization", server.RecordedApiCalls[2].Headers.Keys);
    }

    [Fact]
    public void TokenEndpoint_WithTheProxy_IsAskedThroughIt()
    {
        var builder = Host.CreateApplicationBuilder();
        Registration.Register(builder);
        Registration.UseProxy(builder);
        using var host = builder.Build();

        var handler = host.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(OAuth2Defaults.TokenEndpointHttpClientName);
        while (handler is DelegatingHandler { InnerHandler: { } inner })
            handler = inner;

        Assert.Equal("http://proxy.internal:8080/", Assert.IsType<SocketsHttpHandler>(handler).Proxy?.GetProxy(new Uri("https://login.example/token"))?.AbsoluteUri);
    }
}
