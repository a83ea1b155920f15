using System.Net.Http.Json;
using System.Text.Json;
using Guides.Tests.Calls;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient;
using OAuthClient.Testing;

namespace Guides.Tests;

public sealed class CredentialsTests
{
    [Theory]
    [InlineData(GrantTypes.TokenExchange)]
    [InlineData(GrantTypes.JwtBearer)]
    public async Task Call_ForAUser_BringsATokenOfTheirs(string grantType)
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { GrantTypes = { grantType } }));
        var builder = Loopback.CreateBuilder(server, ("OAuth2:GrantType", grantType), ("OAuth2:Parameters:requested_token_use", "on_behalf_of"));
        Registration.Register(builder);
        using var host = builder.Build();
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders/42");
        if (grantType == GrantTypes.TokenExchange)
            Credentials.CallForAUser(request, server.IssueToken(username: "alice"));
        else
            request.SetOAuth2TokenRequest(new() { Assertion = server.IssueToken(username: "alice") });

        using var answer = await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(Loopback.Client).SendAsync(request);

        Assert.Equal("alice", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("user").GetString());
        Assert.Equal("on_behalf_of", server.RecordedTokenRequests.Single().Form["requested_token_use"]);
    }

    [Fact]
    public async Task RefreshToken_ThatRotates_IsThereAtTheNextStart()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.RotateRefreshTokens = true);
        using var http = new HttpClient();
        using var signIn = await http.PostAsync(server.TokenEndpoint, new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "password",
            ["username"] = OAuth2TestServer.DefaultUsername,
            ["password"] = OAuth2TestServer.DefaultPassword,
            ["client_id"] = OAuth2TestServer.DefaultClientId,
            ["client_secret"] = OAuth2TestServer.DefaultClientSecret,
        }));
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, (await signIn.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("refresh_token").GetString());

            for (var start = 0; start < 3; start++)
            {
                var builder = Loopback.CreateBuilder(server);
                Registration.Register(builder);
                Credentials.KeepRefreshTokens(builder.Services, file);
                using var host = builder.Build();
                Assert.Contains("alice", await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(Loopback.Client).GetStringAsync("orders"), StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }
}
