using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Http;

/// <summary>Which 401s are worth another token, by what they say and by what the origin said before.</summary>
public sealed class ChallengeTests
{
    private const string Malformed = "null Bearer realm=\"WSO2 API Manager\", error=\"invalid_token\"";

    [Theory]
    [InlineData(Malformed, "900901")]
    [InlineData("API Key realm=\"WSO2 API Manager\"", "900900")]
    [InlineData("API Key realm=\"WSO2 API Manager\"", "900901")]
    [InlineData("API Key realm=\"WSO2 API Manager\"", "900903")]
    [InlineData("Basic realm=\"api\"", "900904")]
    [InlineData(Malformed, null)]
    public async Task Call_WithAColdTokenRejectedByAGarbledChallenge_IsSentAgain(string challenge, string? code)
    {
        await using var app = await TestApp.StartAsync();
        RejectOnce(app, challenge, code is null ? "" : $$"""{"code":"{{code}}","message":"x"}""");

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData("Basic realm=\"api\"")]
    [InlineData("Token")]
    [InlineData("JWT realm=\"api\"")]
    [InlineData("Negotiate")]
    public async Task Call_RejectedAfterItsTokenWasAccepted_IsSentAgainWhateverTheChallenge(string challenge)
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        RejectOnce(app, challenge, "denied");

        using var response = await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Call_RejectedAfterItsTokenWasAcceptedWithACodeThatNoTokenCures_IsLeftAlone()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        RejectOnce(app, "Basic realm=\"api\"", """{"code":"900908"}""");

        using var response = await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Calls_RejectedWithAnotherChallengeForGood_AskSeldom()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.ApiBehavior.Override = context => RejectAsync(context, "Basic realm=\"api\"", "denied");

        for (var i = 0; i < 600; i++)
        {
            using var rejected = await http.GetAsync("orders");
            app.Clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(app.Server.TokenRequests, 2, 8);
    }

    [Theory]
    [InlineData("gzip", false)]
    [InlineData("gzip", true)]
    [InlineData("deflate", false)]
    [InlineData("br", true)]
    public async Task Call_RejectedWithABrokenBody_IsSentAgain(string encoding, bool synchronous)
    {
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(TestApp.ClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All }));
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.ApiBehavior.Override = context =>
        {
            app.Server.ApiBehavior.Override = null;
            context.Response.Headers.ContentEncoding = encoding;
            return RejectAsync(context, "Bearer", "this was never compressed");
        };

        using var response = synchronous
            ? await Task.Run(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders")))
            : await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    private static void RejectOnce(TestApp app, string challenge, string body) => app.Server.ApiBehavior.Override = context =>
    {
        app.Server.ApiBehavior.Override = null;
        return RejectAsync(context, challenge, body);
    };

    private static Task RejectAsync(HttpContext context, string challenge, string body)
    {
        context.Response.StatusCode = 401;
        context.Response.Headers.WWWAuthenticate = challenge;
        return context.Response.WriteAsync(body, Encoding.UTF8);
    }
}
