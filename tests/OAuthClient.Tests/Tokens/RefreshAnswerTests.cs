using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Tokens;

/// <summary>A refresh that is answered by what stands before the server, a firewall or a proxy, says nothing of the refresh token.</summary>
public sealed class RefreshAnswerTests
{
    private const string UsedGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string Assertion = "for-one-use";
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    public static TheoryData<int, string> Answers => new()
    {
        { 403, "<html>Forbidden</html>" },
        { 403, """{"error":"rate_limit_exceeded"}""" },
        { 302, "" },
        { 400, "" },
        { 404, "<html>Not found</html>" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Refresh_AnsweredByWhatStandsBeforeTheServer_KeepsTheRefreshToken(int status, string body)
    {
        await using var app = await TestApp.StartAsync(client: UseAssertion);
        var server = new OneTimeServer();
        app.Server.TokenEndpointBehavior.Override = server.AnswerAsync;
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        server.FailNextRefresh = (status, body);

        // The assertion was for one use, so nothing but the refresh token is left.
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Clock.Advance(TimeSpan.FromSeconds(10));
        await app.GetTokenAsync();

        Assert.Equal(["refresh_token refresh-1"], server.Sent.TakeLast(1));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Refresh_AnsweredByWhatStandsBeforeTheServer_LeavesTheCallToTheOwnGrant(int status, string body)
    {
        await using var app = await TestApp.StartAsync(client: UseAssertion);
        var server = new OneTimeServer { TakesAssertions = 2 };
        app.Server.TokenEndpointBehavior.Override = server.AnswerAsync;
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        server.FailNextRefresh = (status, body);

        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        await app.GetTokenAsync();

        // The refresh token that the grant has brought has taken the place of the one before.
        Assert.Equal([$"{UsedGrant} {Assertion}", "refresh_token refresh-1", $"{UsedGrant} {Assertion}", "refresh_token refresh-2"], server.Sent);
    }

    [Fact]
    public async Task Refresh_Refused_ForgetsTheRefreshToken()
    {
        await using var app = await TestApp.StartAsync(client: UseAssertion);
        var server = new OneTimeServer { TakesAssertions = 2 };
        app.Server.TokenEndpointBehavior.Override = server.AnswerAsync;
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        server.FailNextRefresh = (400, """{"error":"invalid_grant"}""");

        server.IssuesRefreshTokens = false;
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal([$"{UsedGrant} {Assertion}", "refresh_token refresh-1", $"{UsedGrant} {Assertion}", $"{UsedGrant} {Assertion}"], server.Sent);
    }

    [Fact]
    public async Task Refresh_WithoutAConnectionThroughTheProxy_IsSentLaterWithTheSameToken()
    {
        var proxy = new RefusingProxy();
        await using var app = await TestApp.StartAsync(
            client: UseAssertion,
            services: services => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddHttpMessageHandler(() => proxy));
        var server = new OneTimeServer();
        app.Server.TokenEndpointBehavior.Override = server.AnswerAsync;
        await app.GetTokenAsync();
        app.Clock.Advance(_life);
        proxy.IsRefusing = true;
        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        proxy.IsRefusing = false;
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await app.GetTokenAsync();

        Assert.Contains("the proxy http://proxy.example/ answered 407", exception.Message, StringComparison.Ordinal);
        Assert.Equal([$"{UsedGrant} {Assertion}", "refresh_token refresh-1"], server.Sent);
    }

    private static void UseAssertion(OAuth2ClientOptions client)
    {
        client.GrantType = UsedGrant;
        client.Parameters["assertion"] = Assertion;
    }

    /// <summary>Fails as .NET does where a proxy refuses the tunnel.</summary>
    private sealed class RefusingProxy : DelegatingHandler
    {
        public bool IsRefusing { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => IsRefusing
            ? throw new HttpRequestException(HttpRequestError.ProxyTunnelError, "The proxy tunnel request to proxy 'http://proxy.example/' failed with status code '407'.")
            : base.SendAsync(request, cancellationToken);
    }

    /// <summary>Takes an assertion so many times, and a refresh token until it has another.</summary>
    private sealed class OneTimeServer
    {
        private readonly ConcurrentQueue<string> _sent = new();
        private int _assertions;
        private int _issued;

        public int TakesAssertions { get; init; } = 1;

        public bool IssuesRefreshTokens { get; set; } = true;

        public (int Status, string Body)? FailNextRefresh { get; set; }

        /// <summary>Each request as its grant type and what it sent.</summary>
        public IEnumerable<string> Sent => _sent;

        public async Task AnswerAsync(HttpContext context)
        {
            var form = await context.Request.ReadFormAsync();
            var isRefresh = form["grant_type"] == "refresh_token";
            _sent.Enqueue($"{form["grant_type"]} {(isRefresh ? form["refresh_token"] : form["assertion"])}");
            var (status, body) = Answer(isRefresh);
            context.Response.StatusCode = status;
            context.Response.ContentType = body.StartsWith('{') ? "application/json" : "text/html";
            if (status == 302)
                context.Response.Headers.Location = "https://firewall.example/blocked";
            if (body.Length > 0)
                await context.Response.WriteAsync(body);
        }

        private (int Status, string Body) Answer(bool isRefresh)
        {
            if (isRefresh && FailNextRefresh is { } failure)
            {
                FailNextRefresh = null;
                return failure;
            }

            if (!isRefresh && _assertions++ >= TakesAssertions)
                return (400, """{"error":"invalid_grant"}""");
            var number = ++_issued;
            var refreshToken = IssuesRefreshTokens ? $$""","refresh_token":"refresh-{{number}}" """ : "";
            return (200, $$"""{"access_token":"access-{{number}}","token_type":"Bearer","expires_in":3600{{refreshToken}}}""");
        }
    }
}
