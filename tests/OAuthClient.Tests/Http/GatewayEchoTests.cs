using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Http;

/// <summary>What a gateway repeats of what it was sent is shown to nobody; what it says is logged once.</summary>
public sealed class GatewayEchoTests
{
    private const string Hidden = "(not shown, since it repeats what was sent)";

    [Theory]
    [InlineData("Authorization")]
    [InlineData("Subscription")]
    [InlineData("api-key")]
    [InlineData("X-My-Token")]
    [InlineData("query")]
    public async Task Read_OfAnEcho_ShowsNoCredential(string place)
    {
        await using var app = await TestApp.StartAsync(
            server => server.Api = context => EchoAsync(context, place),
            client =>
            {
                (client.ApiKey, client.ApiKeyHeaderName) = ("chk_0815canary4711", "api-key");
                client.CredentialHeaders["Subscription"] = "subscription-canary";
            });
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders?apikey=query-canary-1");
        request.Headers.Add("X-My-Token", "callers-own-canary");

        using var answer = await app.CreateClient().SendAsync(request);
        var error = (await answer.ReadGatewayErrorAsync())!;
        var exception = await Assert.ThrowsAsync<OAuth2ApiException>(() => answer.EnsureApiSuccessAsync().AsTask());

        Assert.Equal(("900908", "Look below", Hidden), (error.Code, error.Message, error.Description));
        var sent = await answer.Content.ReadAsStringAsync();
        Assert.All([$"{error}", exception.Message, .. app.Log.Entries.Where(entry => entry.Category == "OAuthClient").Select(entry => entry.Message)], text => Assert.DoesNotContain("canary", text, StringComparison.Ordinal));
        Assert.Contains("You sent ", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfAnEchoOfTheToken_ShowsNoneInAnySpelling()
    {
        await using var app = await TestApp.StartAsync();
        var token = (await app.GetTokenAsync()).Value;
        foreach (var spelling in new[] { token, token[5..25], Uri.EscapeDataString(token), Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(token)) })
        {
            app.Server.ApiBehavior.FailNext(1, 403, $$"""{"code":"900908","message":"{{spelling}}","description":"Bearer {{spelling}}"}""");

            using var answer = await app.CreateClient().GetAsync("orders");
            var error = (await answer.ReadGatewayErrorAsync())!;

            Assert.Equal((Hidden, Hidden), (error.Message, error.Description));
        }
    }

    [Fact]
    public async Task Read_OfACodeThatIsAPieceOfACredential_ShowsNone()
    {
        await using var app = await TestApp.StartAsync(client: client => client.CredentialHeaders["Pin"] = "471100");
        app.Server.ApiBehavior.FailNext(1, 403, """{"code":"471100","message":"m","description":"d"}""");

        using var answer = await app.CreateClient().GetAsync("orders");

        Assert.DoesNotContain("471100", $"{await answer.ReadGatewayErrorAsync()}", StringComparison.Ordinal);
        Assert.Equal(0, app.Log.Count(LogLevel.Warning, "471100"));
    }

    [Fact]
    public async Task Read_OfLongTextsWithControlCharacters_ShowsALine()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent($$"""{"code":"900908","message":"a\r\nb\u001b[31m","description":"{{new string('x', 1_000)}}"}""") };

        var error = (await answer.ReadGatewayErrorAsync())!;

        Assert.Equal(("a  b [31m", new string('x', 256) + "…"), (error.Message, error.Description));
        Assert.DoesNotContain($"{error}", char.IsControl);
    }

    [Fact]
    public async Task Log_OfErrorsThatAreRead_HasEachCodeOfAClientOnce()
    {
        await using var app = await TestApp.StartAsync(services: services => services.AddOAuth2Client("billing", options => { }));
        for (var i = 0; i < 3; i++)
        {
            await ReadAsync(app, 403, "900908");
            await ReadAsync(app, 429, "900804");
        }

        var said = app.Log.Entries.Where(entry => entry.Message.Contains("the gateway at", StringComparison.Ordinal)).Select(entry => (entry.Category, entry.Level, entry.Message.TrimEnd()));
        var origin = app.Server.ApiBaseAddress.GetLeftPart(UriPartial.Authority);
        Assert.Equal(
            [
                ("OAuthClient", LogLevel.Warning, $"OAuth2 client 'orders': the gateway at {origin} answered 403, code 900908. The application is not subscribed to the API. Subscribe it in the developer portal; where a subscription has a key of its own, set CredentialHeaders. More answers with this status and code are not told of."),
                ("OAuthClient", LogLevel.Warning, $"OAuth2 client 'orders': the gateway at {origin} answered 429, code 900804. The limit of the subscription is used up. Wait, for as long as RetryAfter says where it says anything, and call less often or have the limit raised. More answers with this status and code are not told of."),
            ],
            said);
    }

    [Fact]
    public async Task Log_OfAnErrorWithoutACode_SaysThatThereIsNone()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.FailNext(1, 403, """{"error":"forbidden","message":"m"}""");

        using var answer = await app.CreateClient().GetAsync("orders");
        await answer.ReadGatewayErrorAsync();

        Assert.Equal(1, app.Log.Count(LogLevel.Warning, " answered 403, code (none). The API does not allow this call. Check "));
    }

    [Fact]
    public async Task Log_OfErrorsOfEverNewCodes_EndsSoon()
    {
        await using var app = await TestApp.StartAsync();
        for (var i = 0; i < 40; i++)
            await ReadAsync(app, 400, $"{1000 + i}");

        Assert.Equal(32, app.Log.Count(LogLevel.Warning, "the gateway at"));
    }

    /// <summary>Nobody has asked what the gateway says, so nobody reads the caller's stream.</summary>
    [Fact]
    public async Task Log_OfErrorsThatNobodyReads_HasNone()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.FailNext(1, 403, """{"code":"900908"}""");

        using var answer = await app.CreateClient().GetAsync("orders");

        Assert.Equal(0, app.Log.Count(LogLevel.Warning, "900908"));
    }

    /// <summary>Each client's calls, whichever HttpClient makes them, are that client's.</summary>
    [Fact]
    public async Task Log_OfACallOfAnotherClient_NamesThat()
    {
        await using var app = await TestApp.StartAsync(services: services => services.AddOAuth2Client("billing", (provider, options) =>
            (options.TokenEndpoint, options.ClientId, options.ClientSecret, options.BaseAddress) = (provider.GetRequiredService<Microsoft.Extensions.Options.IOptionsMonitor<OAuth2ClientOptions>>().Get("orders") is var orders ? (orders.TokenEndpoint, orders.ClientId, orders.ClientSecret, orders.BaseAddress) : default)));
        app.Server.ApiBehavior.FailNext(1, 403, """{"code":"900908"}""");
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders").SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = "billing" });

        using var answer = await app.CreateClient().SendAsync(request);
        await answer.ReadGatewayErrorAsync();

        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "OAuth2 client 'billing': the gateway at"));
    }

    /// <summary>A status by which the client's API rejects tokens means the token, whatever it usually means.</summary>
    [Fact]
    public async Task Read_OfAStatusByWhichTheApiRejectsTokens_MeansTheToken()
    {
        await using var app = await TestApp.StartAsync(client: client => client.TokenRejectedStatusCodes.Add(403));
        app.Server.ApiBehavior.FailUntilCleared(403, """{"code":"900901"}""");

        using var answer = await app.CreateClient().GetAsync("orders");

        Assert.Equal(GatewayTokenVerdict.NewToken, (await answer.ReadGatewayErrorAsync())?.TokenVerdict);
    }

    [Fact]
    public async Task Call_OfEachOutcome_NotesItsClientWithErrorsAlone()
    {
        await using var app = await TestApp.StartAsync();
        using var good = new HttpRequestMessage(HttpMethod.Get, "orders");
        using var bad = new HttpRequestMessage(HttpMethod.Get, "orders");

        using var first = await app.CreateClient().SendAsync(good);
        app.Server.ApiBehavior.FailNext(1, 404);
        using var second = await app.CreateClient().SendAsync(bad);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (first.StatusCode, second.StatusCode));
        Assert.Equal((false, true), (good.Options.Any(option => option.Key == "OAuthClient.Client"), bad.Options.Any(option => option.Key == "OAuthClient.Client")));
    }

    /// <summary>So it is where the answer is there before anybody has waited for it, which takes a path of its own.</summary>
    [Theory]
    [InlineData(HttpStatusCode.OK, false)]
    [InlineData(HttpStatusCode.NotFound, true)]
    public async Task Call_AnsweredAtOnce_NotesItsClientWithErrorsAlone(HttpStatusCode status, bool expected)
    {
        await using var app = await TestApp.StartAsync(services: services => services.AddHttpClient(TestApp.ClientName).ConfigurePrimaryHttpMessageHandler(() => new Immediate(status)));
        await app.GetTokenAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");

        using var first = await app.CreateClient().GetAsync("orders");
        using var answer = await app.CreateClient().SendAsync(request);

        Assert.Equal(expected, request.Options.Any(option => option.Key == "OAuthClient.Client"));
    }

    /// <summary>Whoever stands between may send another request than the caller's: the answer stays that one's, and the call its client's.</summary>
    [Fact]
    public async Task Read_OfAnAnswerToARequestOfSomebodyElses_KnowsThatAndTheClient()
    {
        using var sent = new HttpRequestMessage(HttpMethod.Put, "https://gateway.example/elsewhere");
        await using var app = await TestApp.StartAsync(services: services => services.AddHttpClient(TestApp.ClientName).AddHttpMessageHandler(() => new InPlace(sent)));

        using var answer = await app.CreateClient().GetAsync("orders");
        var exception = await Assert.ThrowsAsync<OAuth2ApiException>(() => answer.EnsureApiSuccessAsync().AsTask());

        Assert.Same(sent, answer.RequestMessage);
        Assert.StartsWith("PUT https://gateway.example/elsewhere was answered 403, code 900908.", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "OAuth2 client 'orders': the gateway at https://gateway.example answered 403, code 900908."));
    }

    [Fact]
    public async Task Log_OfAnAnswerWhoseRequestHasNoAddress_SaysThat()
    {
        using var sent = new HttpRequestMessage(HttpMethod.Get, "relative");
        await using var app = await TestApp.StartAsync(services: services => services.AddHttpClient(TestApp.ClientName).AddHttpMessageHandler(() => new InPlace(sent)));

        using var answer = await app.CreateClient().GetAsync("orders");
        await answer.ReadGatewayErrorAsync();

        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "the gateway at (no address) answered 403, code 900908."));
    }

    private static async Task ReadAsync(TestApp app, int status, string code)
    {
        app.Server.ApiBehavior.FailNext(1, status, $$"""{"code":"{{code}}","message":"m","description":"d"}""");
        using var answer = await app.CreateClient().GetAsync("orders");
        Assert.Equal(code, (await answer.ReadGatewayErrorAsync())?.Code);
    }

    private static Task EchoAsync(HttpContext context, string place)
    {
        var sent = place == "query" ? context.Request.QueryString.Value : context.Request.Headers[place].ToString();
        context.Response.StatusCode = 403;
        return context.Response.WriteAsync($$"""{"code":"900908","message":"Look below","description":"You sent {{sent}}"}""");
    }

    /// <summary>Answers as if another request had been sent.</summary>
    private sealed class InPlace(HttpRequestMessage sent) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.Forbidden) { RequestMessage = sent, Content = new StringContent("""{"code":"900908"}""") });
    }

    private sealed class Immediate(HttpStatusCode status) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage(status));
    }
}
