using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace OAuthClient.Testing.Tests;

// PAGE src/OAuthClient.Testing/README.md
public class OrdersTests
{
    [Fact]
    public async Task Orders_TokenExpired_AreRefused()
    {
        var time = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.TimeProvider = time;
            o.TokenLifetime = TimeSpan.FromMinutes(15);
        });
        using var http = new HttpClient();

        using var answer = await http.PostAsync(server.TokenEndpoint, new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = OAuth2TestServer.DefaultClientId,
            ["client_secret"] = OAuth2TestServer.DefaultClientSecret,
        }));
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(server.ApiBaseAddress, "orders"))).StatusCode);
        time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri(server.ApiBaseAddress, "orders"))).StatusCode);
        Assert.Equal((1, 2), (server.TokenRequests, server.ApiCalls));
    }
}
// END
