using System.Net;
using System.Text;

namespace OAuthClient.Tests.Http;

/// <summary>What becomes of a wider token that is of no use, and of answers that come at once or from elsewhere.</summary>
public sealed class StepUpTests
{
    private const string Challenge = "Bearer error=\"insufficient_scope\", scope=\"orders:write\"";

    [Fact]
    public async Task StepUp_WhoseWiderTokenIsRejected_AsksForAnotherTheNextTime()
    {
        var calls = 0;
        await using var app = await TestApp.StartAsync(
            server => server.Api = context =>
            {
                calls++;
                (context.Response.StatusCode, context.Response.Headers.WWWAuthenticate) = calls switch { 2 => (401, "Bearer"), 4 => (200, ""), _ => (403, Challenge) };
                return Task.CompletedTask;
            },
            client => client.StepUpScopes.Add("orders:write"));
        using var http = app.CreateClient();

        using var first = await http.GetAsync(new Uri("orders", UriKind.Relative));
        using var second = await http.GetAsync(new Uri("orders", UriKind.Relative));

        var sent = app.Server.RecordedApiCalls.Select(call => call.Headers["Authorization"]).ToArray();
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal((sent[0], 4), (sent[2], sent.Length));
        Assert.NotEqual(sent[1], sent[3]);
    }

    /// <summary>An answer that is there at once takes another way through the handler.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_ThatIsThereAtOnce_IsLookedAtAllTheSame(bool isStepUp)
    {
        var options = CreateOptions();
        if (isStepUp)
            options.StepUpScopes.Add("orders:write");
        else
            options.TokenRejectedStatusCodes.Add(403);
        var api = new Instant(call => call == 3 ? Refuse(isStepUp ? Challenge : "Bearer") : new HttpResponseMessage());
        using var http = new HttpClient(OAuth2Handler.Create(options, api, tokenEndpointHandler: new Instant(Issue)));

        for (var i = 0; i < 3; i++)
            (await http.GetAsync(new Uri("https://api.example/orders"))).EnsureSuccessStatusCode().Dispose();

        Assert.Equal(4, api.Calls);
    }

    /// <summary>So is one that tells that an origin takes the token: what it says of credentials later on is about a token that has changed.</summary>
    [Fact]
    public async Task Answer_ThatIsThereAtOnceAndIsTheFirstOfItsOrigin_ShowsThatItTakesTheToken()
    {
        var options = CreateOptions();
        options.AllowedOrigins.Add("https://second.example");
        var api = new Instant(call => call == 3 ? new HttpResponseMessage(HttpStatusCode.Unauthorized) { Headers = { { "WWW-Authenticate", "Basic" } } } : new HttpResponseMessage());
        var tokens = new Instant(Issue);
        using var http = new HttpClient(OAuth2Handler.Create(options, api, tokenEndpointHandler: tokens));

        foreach (var address in (string[])["https://api.example/orders", "https://second.example/orders", "https://second.example/orders"])
            (await http.GetAsync(new Uri(address))).EnsureSuccessStatusCode().Dispose();

        Assert.Equal((4, 2), (api.Calls, tokens.Calls));
    }

    /// <summary>Whoever holds the request may have had it answered by somebody else, who must not choose its scopes.</summary>
    [Fact]
    public async Task StepUp_OfACallThatAnotherOriginAnswered_IsNotMade()
    {
        var options = CreateOptions();
        options.StepUpScopes.Add("orders:write");
        var api = new Instant(_ => Refuse(Challenge), request => request.RequestUri = new Uri("https://other.example/orders"));
        var tokens = new Instant(Issue);
        using var http = new HttpClient(OAuth2Handler.Create(options, api, tokenEndpointHandler: tokens));

        using var answer = await http.GetAsync(new Uri("https://api.example/orders"));

        Assert.Equal((HttpStatusCode.Forbidden, 1, 1), (answer.StatusCode, api.Calls, tokens.Calls));
    }

    private static OAuth2ClientOptions CreateOptions() =>
        new() { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientSecret = "secret", BaseAddress = new Uri("https://api.example/") };

    private static HttpResponseMessage Issue(int call) =>
        new() { Content = new StringContent($$"""{"access_token":"token-{{call}}","token_type":"Bearer","expires_in":3600}""", Encoding.UTF8, "application/json") };

    private static HttpResponseMessage Refuse(string challenge) => new(HttpStatusCode.Forbidden) { Headers = { { "WWW-Authenticate", challenge } } };

    private sealed class Instant(Func<int, HttpResponseMessage> answer, Action<HttpRequestMessage>? handle = null) : HttpMessageHandler
    {
        public int Calls { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            handle?.Invoke(request);
            return Task.FromResult(answer(Calls));
        }
    }
}
