using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OAuthClient;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class WebAppTests
{
    [Fact]
    public async Task Get_OfAnOrder_CallsTheApiWithTheToken()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateWebBuilder(server);
        Registration.Register(builder);
        await using var app = builder.Build();
        WebApp.Map(app);
        await app.StartAsync();
        using var browser = new HttpClient();

        Assert.Contains("/api/orders/42", await browser.GetStringAsync($"{app.Urls.Single()}/orders/42"), StringComparison.Ordinal);
        Assert.Contains("/api/orders/43", await browser.GetStringAsync($"{app.Urls.Single()}/orders/43"), StringComparison.Ordinal);
        Assert.Equal((1, 2), (server.TokenRequests, server.ApiCalls));
    }

    [Fact]
    public async Task Get_ForUsers_CallsTheApiAsEachOfThem()
    {
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.Users.Add(new TestUser("alice", "alice-password"));
            o.Users.Add(new TestUser("bob", "bob-password"));
            o.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { GrantTypes = { GrantTypes.TokenExchange } });
        });
        var builder = Loopback.CreateWebBuilder(server, ("OAuth2:GrantType", GrantTypes.TokenExchange));
        Registration.Register(builder);
        builder.Services.AddAuthentication("saved").AddScheme<AuthenticationSchemeOptions, SavedTokens>("saved", null);
        await using var app = builder.Build();
        app.UseAuthentication();
        WebApp.MapForUsers(app);
        await app.StartAsync();
        using var browser = new HttpClient();
        var tokens = ((string[])["alice", "bob"]).ToDictionary(user => user, user => server.IssueToken(username: user));

        foreach (var user in (string[])["alice", "bob", "alice"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{app.Urls.Single()}/mine") { Headers = { { "X-Token", tokens[user] } } };
            using var answer = await browser.SendAsync(request);
            Assert.Contains($"\"user\":\"{user}\"", (await answer.Content.ReadAsStringAsync()).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        Assert.Equal(2, server.TokenRequests);
    }

    /// <summary>Saves the token that a request brings, as sign-ins with <c>SaveTokens</c> do.</summary>
    private sealed class SavedTokens(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var properties = new AuthenticationProperties();
            properties.StoreTokens([new() { Name = "access_token", Value = Request.Headers["X-Token"].ToString() }]);
            return Task.FromResult(AuthenticateResult.Success(new(new ClaimsPrincipal(new ClaimsIdentity("saved")), properties, "saved")));
        }
    }
}
