using System.Net;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Tests.Http;

public sealed class ForcedRedirectTests
{
    [Fact]
    public async Task Redirect_OfACallThatForcesANewToken_AsksForOneTokenAndNotOneAHop()
    {
        await using var app = await TestApp.StartAsync();
        await app.GetTokenAsync();
        var hops = 0;
        app.Server.ApiBehavior.Override = context =>
        {
            if (++hops == 3)
                app.Server.ApiBehavior.Override = null;
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = new Uri(app.Server.ApiBaseAddress, $"hop/{hops}").AbsoluteUri;
            return Task.CompletedTask;
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders").SetOAuth2TokenRequest(new OAuth2TokenRequest { ForceNewToken = true });

        using var response = await app.CreateClient().SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((4, 2), (app.Server.ApiCalls, app.Server.TokenRequests));
    }
}
