using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

public sealed class RedirectTests
{
    private const string ApiKeyHeader = "Choreo-API-Key";

    public enum Target
    {
        SameOrigin,
        AllowedOrigin,
        ForeignOrigin,
    }

    public static TheoryData<int, string, string, Target, bool> Matrix
    {
        get
        {
            var matrix = new TheoryData<int, string, string, Target, bool>();
            var number = 0;
            foreach (var status in new[] { 300, 301, 302, 303, 307, 308 })
            {
                foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE" })
                {
                    foreach (var header in new[] { "Authorization", "X-API-Authorization" })
                    {
                        foreach (var target in Enum.GetValues<Target>())
                        {
                            // Asynchronous calls of the one build are synchronous in the other.
                            number++;
                            if (Dose.Includes(number))
                                matrix.Add(status, method, header, target, false);
                            if (Dose.Includes(number + 1))
                                matrix.Add(status, method, header, target, true);
                        }
                    }
                }
            }

            return matrix;
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Redirect_OfEachKind_CarriesCredentialsToAllowedOriginsAlone(int status, string method, string header, Target target, bool synchronous)
    {
        await using var other = await StartOtherAsync(header);
        await using var app = await StartAsync(header, client =>
        {
            if (target == Target.AllowedOrigin)
                client.AllowedOrigins.Add(other.BaseAddress.GetLeftPart(UriPartial.Authority));
        });
        var to = target == Target.SameOrigin ? new Uri(app.Server.ApiBaseAddress, "final?x=1") : new Uri(other.ApiBaseAddress, "final?x=1");
        RedirectOnce(app.Server, status, to);
        var http = app.CreateClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), "orders#part") { Content = method is "POST" or "PUT" ? new StringContent("the order") : null };

        using var response = synchronous ? await Task.Run(() => http.Send(request)) : await http.SendAsync(request);

        var final = (target == Target.SameOrigin ? app.Server : other).RecordedApiCalls[^1];
        var becomesGet = status == 303 ? method is not "HEAD" and not "GET" : status <= 302 && method == "POST";
        Assert.Equal(becomesGet ? "GET" : method, final.Method);
        Assert.Equal("?x=1", final.Query);
        Assert.Equal(!becomesGet && method is "POST" or "PUT" && !becomesGet ? "the order" : "", System.Text.Encoding.UTF8.GetString(final.Body.Span));
        Assert.Equal(target != Target.ForeignOrigin, final.Headers.ContainsKey(header));
        Assert.Equal(target != Target.ForeignOrigin, final.Headers.ContainsKey(ApiKeyHeader));
        Assert.Equal(new Uri(to, "#part").AbsoluteUri, response.RequestMessage!.RequestUri!.AbsoluteUri);
        Assert.Equal("/api/orders", request.RequestUri!.AbsolutePath);
    }

    [Theory]
    [InlineData(Target.SameOrigin, false)]
    [InlineData(Target.ForeignOrigin, false)]
    [InlineData(Target.SameOrigin, true)]
    [InlineData(Target.ForeignOrigin, true)]
    public async Task Redirect_OverTheClassicHandlerAndAsAStream_CarriesCredentialsToAllowedOriginsAlone(Target target, bool synchronous)
    {
        await using var other = await StartOtherAsync("X-Token");
        await using var app = await StartAsync("X-Token", services: services => services
            .AddHttpClient(TestApp.ClientName).ConfigurePrimaryHttpMessageHandler(() => new HttpClientHandler()));
        var server = target == Target.SameOrigin ? app.Server : other;
        RedirectOnce(app.Server, 307, new Uri(server.ApiBaseAddress, "final"));
        var http = app.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "orders") { Content = new StringContent("the order") };

        using var response = synchronous
            ? await Task.Run(() => http.Send(request, HttpCompletionOption.ResponseHeadersRead))
            : await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var final = server.RecordedApiCalls[^1];
        Assert.Equal("the order", System.Text.Encoding.UTF8.GetString(final.Body.Span));
        Assert.Equal((target == Target.SameOrigin, target == Target.SameOrigin), (final.Headers.ContainsKey("X-Token"), final.Headers.ContainsKey(ApiKeyHeader)));
    }

    [Fact]
    public async Task Redirect_BackFromAForeignOrigin_CarriesNothing()
    {
        await using var app = await StartAsync("X-Token");
        await using var other = await StartOtherAsync("X-Token");
        other.ApiBehavior.Override = context => Answer(context, 302, new Uri(app.Server.ApiBaseAddress, "final"));
        RedirectOnce(app.Server, 302, new Uri(other.ApiBaseAddress, "there"));

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.False(other.RecordedApiCalls[0].Headers.ContainsKey("X-Token"));
        Assert.False(app.Server.RecordedApiCalls[^1].Headers.ContainsKey("X-Token"));
    }

    [Fact]
    public async Task Redirect_WithCookieAndHost_CarriesNeitherElsewhere()
    {
        await using var app = await StartAsync("Authorization");
        await using var other = await StartOtherAsync("Authorization");
        RedirectOnce(app.Server, 302, new Uri(other.ApiBaseAddress, "final"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        request.Headers.Add("Cookie", "session=1");
        request.Headers.Add("X-Mine", "kept");
        request.Headers.Host = "orders.example";

        using var response = await app.CreateClient().SendAsync(request);

        var final = Assert.Single(other.RecordedApiCalls);
        Assert.False(final.Headers.ContainsKey("Cookie"));
        Assert.Equal("kept", final.Headers["X-Mine"]);
        Assert.Equal(other.BaseAddress.Authority, final.Headers["Host"]);
    }

    [Fact]
    public async Task Redirect_WithContentThatCannotBeReplayed_IsTheAnswer()
    {
        await using var app = await StartAsync("Authorization");
        app.Server.ApiBehavior.Override = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await Answer(context, 307, new Uri(app.Server.ApiBaseAddress, "final"));
        };

        using var response = await app.CreateClient().PostAsync("orders", new StreamContent(new OneWayStream()));

        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
        Assert.Equal(1, app.Server.ApiCalls);
    }

    [Fact]
    public async Task Redirect_WithoutEnd_StopsAtTheLimitOfTheHandler()
    {
        await using var app = await StartAsync("Authorization", services: services => services
            .AddHttpClient(TestApp.ClientName).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { MaxAutomaticRedirections = 5 }));
        app.Server.ApiBehavior.Override = context => Answer(context, 302, new Uri(app.Server.ApiBaseAddress, "again"));

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal(6, app.Server.ApiCalls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redirect_TurnedOffByTheUser_IsTheAnswer(bool classic)
    {
        await using var app = await StartAsync("Authorization", services: services => services
            .AddHttpClient(TestApp.ClientName)
            .ConfigurePrimaryHttpMessageHandler(() => classic ? new HttpClientHandler { AllowAutoRedirect = false } : new SocketsHttpHandler { AllowAutoRedirect = false }));
        RedirectOnce(app.Server, 302, new Uri(app.Server.ApiBaseAddress, "final"));

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
    }

    [Fact]
    public async Task Redirect_OverHandlersThatTheFactoryBuildsAgain_IsStillFollowed()
    {
        using var shared = new SocketsHttpHandler();
        await using var app = await StartAsync("Authorization", services: services =>
        {
            services.AddHttpClient(TestApp.ClientName).ConfigurePrimaryHttpMessageHandler(() => shared);
            services.AddHttpClient("second", http => http.BaseAddress = null).AddOAuth2Handler(TestApp.ClientName).ConfigurePrimaryHttpMessageHandler(() => shared);
        });

        foreach (var name in new[] { TestApp.ClientName, "second" })
        {
            RedirectOnce(app.Server, 302, new Uri(app.Server.ApiBaseAddress, "final"));
            using var response = await app.CreateClient(name).GetAsync(new Uri(app.Server.ApiBaseAddress, "orders"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task Redirect_ToAnOriginThatRejectsTheToken_IsSentAgainThere()
    {
        await using var app = await StartAsync("Authorization");
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.ApiBehavior.Override = context =>
        {
            app.Server.ApiBehavior.Override = null;
            app.Server.RevokeAllTokens();
            return Answer(context, 307, new Uri(app.Server.ApiBaseAddress, "final"));
        };
        var content = RandomNumberGenerator.GetBytes(10_000);

        using var response = await http.PutAsync("orders", new ByteArrayContent(content));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var echo = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(Convert.ToHexString(SHA256.HashData(content)), echo.RootElement.GetProperty("content_sha256").GetString(), ignoreCase: true);
    }

    [Fact]
    public async Task Redirect_OfACallWithoutToken_CarriesNone()
    {
        await using var app = await StartAsync("Authorization");
        RedirectOnce(app.Server, 302, new Uri(app.Server.ApiBaseAddress, "final"));

        using var response = await app.CreateClient().SendAsync(
            new HttpRequestMessage(HttpMethod.Get, "health").SetOAuth2TokenRequest(new OAuth2TokenRequest { NoToken = true }));

        Assert.Equal(2, app.Server.ApiCalls);
        Assert.All(app.Server.RecordedApiCalls, call => Assert.False(call.Headers.ContainsKey("Authorization") || call.Headers.ContainsKey(ApiKeyHeader)));
    }

    [Theory]
    [InlineData(Target.SameOrigin)]
    [InlineData(Target.ForeignOrigin)]
    public async Task Redirect_OfACallWithATokenOfTheUsersOwn_CarriesItToItsOriginAlone(Target target)
    {
        await using var other = await StartOtherAsync("X-Token");
        await using var app = await StartAsync("X-Token");
        var server = target == Target.SameOrigin ? app.Server : other;
        RedirectOnce(app.Server, 302, new Uri(server.ApiBaseAddress, "final"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "health").SetOAuth2TokenRequest(new OAuth2TokenRequest { NoToken = true });
        request.Headers.Add("X-Token", "mine");
        request.Headers.Add(ApiKeyHeader, "mine");

        using var response = await app.CreateClient().SendAsync(request);

        var final = server.RecordedApiCalls[^1];
        Assert.Equal((target == Target.SameOrigin, target == Target.SameOrigin), (final.Headers.ContainsKey("X-Token"), final.Headers.ContainsKey(ApiKeyHeader)));
    }

    [Fact]
    public async Task Create_OverAHandlerThatHasSent_IsRefused()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var used = new SocketsHttpHandler();
        using (var http = new HttpClient(used, disposeHandler: false))
        using (await http.GetAsync(server.BaseAddress))
        {
        }

        var exception = Assert.Throws<InvalidOperationException>(() => Sender.TakeOver(used));

        Assert.Contains("AllowAutoRedirect", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://api.example/a", "http://api.example/b")]
    [InlineData("wss://api.example/a", "http://api.example/b")]
    [InlineData("https://api.example/a", "ftp://api.example/b")]
    [InlineData("https://api.example/a", "javascript:alert(1)")]
    [InlineData("https://api.example/a", null)]
    public void Create_ToAnUnfitAddress_FollowsNothing(string from, string? to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, from);
        using var response = new HttpResponseMessage(HttpStatusCode.Found);
        response.Headers.Location = to is null ? null : new Uri(to);

        Assert.Null(Redirect.Create(request, response, isAttached: false));
    }

    private static Task<TestApp> StartAsync(string header, Action<OAuth2ClientOptions>? client = null, Action<IServiceCollection>? services = null) => TestApp.StartAsync(
        server => server.HeaderName = header,
        options =>
        {
            options.HeaderName = header;
            (options.ApiKey, options.ApiKeyHeaderName) = ("chk_1", ApiKeyHeader);
            client?.Invoke(options);
        },
        services);

    private static async Task<OAuth2TestServer> StartOtherAsync(string header)
    {
        var other = await OAuth2TestServer.StartAsync(options => options.HeaderName = header);
        other.ApiBehavior.Override = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.StatusCode = 200;
        };
        return other;
    }

    private static void RedirectOnce(OAuth2TestServer server, int status, Uri to) => server.ApiBehavior.Override = async context =>
    {
        server.ApiBehavior.Override = null;
        await context.Request.Body.CopyToAsync(Stream.Null);
        await Answer(context, status, to);
    };

    private static Task Answer(HttpContext context, int status, Uri to)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = to.AbsoluteUri;
        return Task.CompletedTask;
    }
}
