using System.Net.Http.Headers;
using System.Text;

namespace OAuthClient.Testing.Tests;

public class RecordedRequestTests
{
    [Fact]
    public async Task RecordedTokenRequests_Form_IsThereWithHeadersTimeAndStatus()
    {
        var time = new ManualTimeProvider();
        await using var server = await OAuth2TestServer.StartAsync(o => o.TimeProvider = time);
        using var caller = new Caller(server);

        await caller.TokenAsync("grant_type=client_credentials&scope=a+b&resource=1&resource=2");
        time.Advance(TimeSpan.FromMinutes(1));
        await caller.TokenAsync("grant_type=client_credentials");

        var (first, second) = (server.RecordedTokenRequests[0], server.RecordedTokenRequests[1]);
        Assert.Equal(("POST", "/oauth2/token", "", 400), (first.Method, first.Path, first.Query, first.StatusCode!.Value));
        Assert.Equal(("client_credentials", "a b", "1,2"), (first.Form["grant_type"], first.Form["scope"], first.Form["resource"]));
        Assert.Equal("grant_type=client_credentials&scope=a+b&resource=1&resource=2", Encoding.UTF8.GetString(first.Body.Span));
        Assert.StartsWith("Basic ", first.Headers["authorization"], StringComparison.Ordinal);
        Assert.Equal(200, second.StatusCode);
        Assert.Equal((time.GetUtcNow().AddMinutes(-1), time.GetUtcNow()), (first.ReceivedAt, second.ReceivedAt));
    }

    [Fact]
    public async Task RecordedApiCalls_BodyIsNoForm_HaveItsBytes()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        var token = await caller.GetTokenAsync();

        await caller.SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(server.ApiBaseAddress, "orders%20x?a=%20b"))
        {
            Content = new StringContent("""{"a":1}""", Encoding.UTF8, "application/json"),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        });

        var call = Assert.Single(server.RecordedApiCalls);
        Assert.Equal(("POST", "/api/orders x", "?a=%20b", 200), (call.Method, call.Path, call.Query, call.StatusCode!.Value));
        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(call.Body.Span));
        Assert.Empty(call.Form);
    }

    [Fact]
    public async Task RecordedTokenRequests_StillUnderWay_HasNoStatus()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);
        server.TokenEndpointBehavior.Hang = true;

        var request = caller.TokenAsync("grant_type=client_credentials");
        await server.WaitForTokenRequestsAsync(1);
        Assert.Null(server.RecordedTokenRequests[0].StatusCode);
        server.TokenEndpointBehavior.Hang = false;
        await request;

        Assert.Equal(200, server.RecordedTokenRequests[0].StatusCode);
    }

    [Theory]
    [InlineData(2, new[] { "2", "3" })]
    [InlineData(0, new string[0])]
    public async Task RecordedRequestLimit_Exceeded_KeepsTheLast(int limit, string[] kept)
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.RecordedRequestLimit = limit);
        using var caller = new Caller(server);

        foreach (var scope in (string[])["1", "2", "3"])
            await caller.TokenAsync($"grant_type=client_credentials&scope={scope}");

        Assert.Equal(kept, server.RecordedTokenRequests.Select(r => r.Form["scope"]));
        Assert.Equal(3, server.TokenRequests);
    }
}
