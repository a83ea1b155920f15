using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>A call that names another client than its HttpClient's is that client's to its end: after a 401, and at each hop.</summary>
public sealed class NamedClientTests
{
    private const string Other = "billing";

    [Fact]
    public async Task Call_OfAnotherClientWhoseTokenWasRevoked_IsSentAgainWithThatClientsToken()
    {
        await using var app = await StartAsync();
        var http = app.CreateClient();
        using var own = await http.GetAsync("orders");
        using var first = await http.SendAsync(CreateRequest());
        app.Server.RevokeAllTokens();

        using var response = await http.SendAsync(CreateRequest());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await AssertLastCallIsTheOthersAsync(app);
        Assert.Equal(["test-client", "billing-id", "billing-id"], app.Server.RecordedTokenRequests.Select(FindClient));
    }

    [Fact]
    public async Task Redirect_OfACallOfAnotherClient_CarriesThatClientsToken()
    {
        await using var app = await StartAsync();
        app.Server.ApiBehavior.Override = context =>
        {
            app.Server.ApiBehavior.Override = null;
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = new Uri(app.Server.ApiBaseAddress, "hop").AbsoluteUri;
            return Task.CompletedTask;
        };

        using var response = await app.CreateClient().SendAsync(CreateRequest());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await AssertLastCallIsTheOthersAsync(app);
        Assert.Equal(["billing-id"], app.Server.RecordedTokenRequests.Select(FindClient));
    }

    /// <summary>An asynchronous call stays one where it names its client, too: not every handler can send synchronously.</summary>
    [Fact]
    public async Task Call_OfAnHttpClientWithoutAClient_CarriesTheTokenOfTheOneThatItNames()
    {
        using var network = new RecordingHandler();
        await using var app = await TestApp.StartAsync(services: services => services.AddHttpClient("any").AddOAuth2Handler().ConfigurePrimaryHttpMessageHandler(() => network));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Server.ApiBaseAddress, "orders")).SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = TestApp.ClientName });

        using var response = await app.CreateClient("any").SendAsync(request);

        Assert.Equal([(request.RequestUri!, $"Bearer {(await app.GetTokenAsync()).Value}")], network.Calls);
    }

    private static async Task AssertLastCallIsTheOthersAsync(TestApp app)
    {
        var token = await app.Tokens.GetTokenAsync(Other);
        Assert.Equal($"Bearer {token.Value}", app.Server.RecordedApiCalls[^1].Headers["Authorization"]);
    }

    private static HttpRequestMessage CreateRequest() =>
        new HttpRequestMessage(HttpMethod.Get, "orders").SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = Other });

    private static string FindClient(RecordedRequest request) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(request.Headers["Authorization"]["Basic ".Length..])).Split(':')[0];

    private static async Task<TestApp> StartAsync()
    {
        OAuth2TestServer? server = null;
        var app = await TestApp.StartAsync(
            options =>
            {
                options.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret));
                options.Clients.Add(new TestClient("billing-id", "billing-secret"));
            },
            services: services => services.AddOAuth2Client(Other, (_, options) =>
            {
                (options.TokenEndpoint, options.BaseAddress) = (server!.TokenEndpoint, server.ApiBaseAddress);
                (options.ClientId, options.ClientSecret) = ("billing-id", "billing-secret");
            }));
        server = app.Server;
        return app;
    }
}
