using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>A handler that sends for an HttpClient with an OAuth2 client and for one without.</summary>
public sealed class SharedHandlerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_AfterThePlainHttpClientHasSent_FollowsRedirectsAndKeepsCredentialsToItsOrigin(bool isForeign)
    {
        using var shared = new SocketsHttpHandler();
        await using var other = await OAuth2TestServer.StartAsync();
        other.ApiBehavior.FailUntilCleared(200, "{}");
        await using var app = await TestApp.StartAsync(
            client: client => (client.ApiKey, client.ApiKeyHeaderName) = ("chk_1", "api-key"),
            services: services =>
            {
                services.AddHttpClient("plain").ConfigurePrimaryHttpMessageHandler(() => shared);
                services.AddHttpClient(TestApp.ClientName).ConfigurePrimaryHttpMessageHandler(() => shared);
            });
        var (plain, ours) = (app.CreateClient("plain"), app.CreateClient());
        (await plain.GetAsync(app.Server.JwksUri)).EnsureSuccessStatusCode().Dispose();
        var target = isForeign ? other : app.Server;
        app.Server.ApiBehavior.Override = context =>
        {
            app.Server.ApiBehavior.Override = null;
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = new Uri(target.ApiBaseAddress, "moved").AbsoluteUri;
            return Task.CompletedTask;
        };

        using var response = await ours.GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var call = target.RecordedApiCalls[^1];
        Assert.Equal("/api/moved", call.Path);
        Assert.Equal((!isForeign, !isForeign), (call.Headers.ContainsKey("Authorization"), call.Headers.ContainsKey("api-key")));
    }

    [Fact]
    public async Task TokenRequest_OverAHandlerThatSendsForAPlainHttpClientFirst_KeepsNoCookies()
    {
        using var shared = new SocketsHttpHandler();
        await using var app = await TestApp.StartAsync(services: services =>
        {
            services.AddHttpClient("plain").ConfigurePrimaryHttpMessageHandler(() => shared);
            services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(() => shared);
        });
        var (plain, _) = (app.CreateClient("plain"), app.CreateClient(OAuth2Defaults.TokenEndpointHttpClientName));
        (await plain.GetAsync(app.Server.JwksUri)).EnsureSuccessStatusCode().Dispose();

        await app.GetTokenAsync();

        Assert.Equal((false, false), (shared.UseCookies, shared.AllowAutoRedirect));
    }
}
