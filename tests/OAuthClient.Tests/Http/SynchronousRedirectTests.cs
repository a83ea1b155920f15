using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Http;

/// <summary>The first call of a handler may be a synchronous one: it, too, goes by what the user has set for redirects.</summary>
public sealed class SynchronousRedirectTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Send_AsTheFirstCall_FollowsAsFarAsTheUserLets(int most)
    {
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(TestApp.ClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = most > 0, MaxAutomaticRedirections = Math.Max(1, most) }));
        app.Server.ApiBehavior.Override = context =>
        {
            context.Response.StatusCode = app.Server.ApiCalls > 10 ? 200 : 307;
            context.Response.Headers.Location = new Uri(app.Server.ApiBaseAddress, "again").AbsoluteUri;
            return Task.CompletedTask;
        };
        var http = app.CreateClient();

        using var response = await Task.Run(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders")));

        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
        Assert.Equal(1 + most, app.Server.ApiCalls);
    }
}
