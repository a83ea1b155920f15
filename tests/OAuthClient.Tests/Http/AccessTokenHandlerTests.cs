using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

public sealed class AccessTokenHandlerTests
{
    [Fact]
    public async Task Call_WithDefaults_CarriesBearerToken()
    {
        await using var app = await TestApp.StartAsync();

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var token = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        Assert.Equal($"Bearer {token.Value}", Assert.Single(app.Server.RecordedApiCalls).Headers["Authorization"]);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData("X-API-Authorization", "Bearer")]
    [InlineData("X-API-Authorization", "")]
    [InlineData("Authorization", "Token")]
    [InlineData("Authorization", "")]
    [InlineData("authorization", "Bearer")]
    public async Task Call_WithConfiguredHeader_CarriesTokenThere(string name, string scheme)
    {
        await using var app = await TestApp.StartAsync(
            server => (server.HeaderName, server.HeaderScheme) = (name, scheme),
            client => (client.HeaderName, client.HeaderScheme) = (name, scheme));
        var http = app.CreateClient();

        using var first = await http.GetAsync("orders");
        using var second = await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        var token = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        Assert.All(app.Server.RecordedApiCalls, call => Assert.Equal($"{scheme} {token.Value}".TrimStart(), call.Headers[name]));
    }

    [Fact]
    public async Task Call_WithApiKey_CarriesKeyBesideToken()
    {
        await using var app = await TestApp.StartAsync(
            server => (server.ApiKeyHeaderName, server.ApiKey) = ("Choreo-API-Key", "chk_1"),
            client => (client.ApiKeyHeaderName, client.ApiKey) = ("Choreo-API-Key", "chk_1"));

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("chk_1", Assert.Single(app.Server.RecordedApiCalls).Headers["Choreo-API-Key"]);
    }

    [Fact]
    public async Task Call_WithHeadersOfItsOwn_HasThemReplaced()
    {
        await using var app = await TestApp.StartAsync(client: client => (client.ApiKeyHeaderName, client.ApiKey) = ("api-key", "right"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "old");
        request.Headers.Add("api-key", "old");

        using var response = await app.CreateClient().SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var call = Assert.Single(app.Server.RecordedApiCalls);
        Assert.DoesNotContain("old", call.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal("right", call.Headers["api-key"]);
    }

    [Fact]
    public async Task Call_ToAnotherOrigin_IsRefusedBeforeATokenIsAskedFor()
    {
        await using var app = await TestApp.StartAsync();
        await using var other = await OAuth2TestServer.StartAsync();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => app.CreateClient().GetAsync(other.ApiBaseAddress));

        Assert.Contains("AllowedOrigins", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, other.ApiCalls);
        Assert.Equal(0, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Call_ToAnAllowedOrigin_CarriesToken()
    {
        await using var other = await OAuth2TestServer.StartAsync(options => options.Api = context => context.Response.WriteAsync("ok"));
        await using var app = await TestApp.StartAsync(client: client => client.AllowedOrigins.Add(other.BaseAddress.GetLeftPart(UriPartial.Authority)));

        using var response = await app.CreateClient().GetAsync(other.ApiBaseAddress);

        // The other server does not know the token, but it has seen it.
        Assert.StartsWith("Bearer ", other.RecordedApiCalls[0].Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_RejectedWithAnotherChallenge_IsLeftAlone()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.Override = context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Negotiate";
            return Task.CompletedTask;
        };

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(1, app.Server.ApiCalls);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Call_RejectedWhileNoTokenCanBeHad_ReturnsThe401()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();
        app.Server.TokenEndpointBehavior.FailUntilCleared(503);

        using var response = await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(1, app.Log.Count(Microsoft.Extensions.Logging.LogLevel.Warning, "was not sent again"));
    }

    [Fact]
    public async Task Call_WithOverriddenScopes_CarriesATokenOfItsOwn()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        var write = new OAuth2TokenRequest { Scopes = ["orders:write"] };
        using var plain = await http.GetAsync("orders");

        using var first = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "orders").SetOAuth2TokenRequest(write));
        using var second = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "orders").SetOAuth2TokenRequest(write));

        Assert.Equal(2, app.Server.TokenRequests);
        Assert.Equal("orders:write", app.Server.RecordedTokenRequests[1].Form["scope"]);
        var headers = app.Server.RecordedApiCalls.Select(call => call.Headers["Authorization"]).ToArray();
        Assert.NotEqual(headers[0], headers[1]);
        Assert.Equal(headers[1], headers[2]);
    }

    [Fact]
    public async Task Call_WithAnotherClient_CarriesThatClientsTokenToItsOriginsAlone()
    {
        await using var app = await TestApp.StartAsync(
            server =>
            {
                server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret));
                server.Clients.Add(new TestClient("billing-id", "billing-secret"));
            },
            services: services => services.AddOAuth2Client("billing", (_, options) =>
            {
                options.TokenEndpoint = new Uri("http://127.0.0.1:1/token");
                options.ClientId = "billing-id";
                options.ClientSecret = "billing-secret";
                options.BaseAddress = new Uri("https://billing.example");
            }));
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders").SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = "billing" });

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => app.CreateClient().SendAsync(request));

        Assert.Contains("'billing'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("https://billing.example", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.ApiCalls);
    }

    [Fact]
    public async Task Call_WantingNoToken_CarriesNone()
    {
        await using var app = await TestApp.StartAsync(client: client => (client.ApiKey, client.ApiKeyHeaderName) = ("chk", "api-key"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "health").SetOAuth2TokenRequest(new OAuth2TokenRequest { NoToken = true });

        using var response = await app.CreateClient().SendAsync(request);

        var call = Assert.Single(app.Server.RecordedApiCalls);
        Assert.False(call.Headers.ContainsKey("Authorization"));
        Assert.False(call.Headers.ContainsKey("api-key"));
        Assert.Equal(0, app.Server.TokenRequests);
    }
}
