using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Http;

public sealed class HandlerOfTwoClientsTests
{
    // Its redirects are ours from the moment on in which the chain is made; once it has sent, nobody can switch them any more.
    [Fact]
    public async Task Call_OverAHandlerThatSendsForAnotherClientFirst_CarriesToken()
    {
        using var shared = new SocketsHttpHandler();
        await using var app = await TestApp.StartAsync(services: services =>
        {
            foreach (var name in (string[])[TestApp.ClientName, "plain"])
                services.AddHttpClient(name).ConfigurePrimaryHttpMessageHandler(() => shared);
        });
        var http = app.CreateClient();
        (await app.CreateClient("plain").GetAsync(app.Server.JwksUri)).EnsureSuccessStatusCode().Dispose();

        using var response = await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(shared.AllowAutoRedirect);
    }
}
