using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient;

namespace Guides.Tests.Calls;

internal static class WebApp
{
    public static void Map(WebApplication app)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        app.MapGet("/orders/{id}", async (int id, [FromKeyedServices("orders")] HttpClient orders) => await orders.GetStringAsync($"orders/{id}"));
        // END
    }

    public static void MapForUsers(WebApplication app)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        app.MapGet("/mine", async (HttpContext context, [FromKeyedServices("orders")] HttpClient orders) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "orders/mine");
            request.SetOAuth2TokenRequest(new OAuth2TokenRequest { SubjectToken = await context.GetTokenAsync("access_token") });
            using var answer = await orders.SendAsync(request);
            return await answer.Content.ReadAsStringAsync();
        });
        // END
    }
}
