using System.Net;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>Gateways that want more than a token, or refuse one in ways of their own.</summary>
public sealed class GatewayTests
{
    [Fact]
    public async Task CredentialHeaders_GoWhereTheTokenGoes_AndNowhereElse()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var app = await TestApp.StartAsync(
            server =>
            {
                server.CredentialHeaders["Subscription-Key"] = "subscription-4711";
                server.CredentialHeaders["apikey"] = "key-4711";
                server.Api = context =>
                {
                    context.Response.Redirect($"{other.ApiBaseAddress}elsewhere");
                    return Task.CompletedTask;
                };
            },
            client =>
            {
                client.CredentialHeaders["Subscription-Key"] = "subscription-4711";
                client.CredentialHeaders["apikey"] = "key-4711\n";
            });
        using var http = app.CreateClient();

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal(302, Assert.Single(app.Server.RecordedApiCalls).StatusCode);
        var elsewhere = Assert.Single(other.RecordedApiCalls);
        Assert.False(elsewhere.Headers.ContainsKey("Subscription-Key") || elsewhere.Headers.ContainsKey("apikey") || elsewhere.Headers.ContainsKey("Authorization"));
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains("4711", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Authorization", "CredentialHeaders holds 'Authorization', which carries the token or the API key.")]
    [InlineData("Content-Length", "CredentialHeaders must be the name of a request header")]
    [InlineData("empty", "CredentialHeaders holds no value for 'empty' that a header can carry.")]
    public void CredentialHeaders_ThatCannotBe_AreTold(string name, string says)
    {
        var options = new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientSecret = "secret", CredentialHeaders = { [name] = name == "empty" ? "" : "value" } };

        Assert.Contains(says, new OAuth2ClientOptionsValidator().Validate("orders", options).FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rejection_ByAnotherStatus_IsAnsweredWithAnotherToken()
    {
        await using var app = await TestApp.StartAsync(server => server.RejectedTokenStatusCode = 403, client => client.TokenRejectedStatusCodes.Add(403));
        using var http = app.CreateClient();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));
        app.Server.RevokeAllTokens();

        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal([200, 403, 200], app.Server.RecordedApiCalls.Select(call => call.StatusCode!.Value));
        Assert.Equal(2, app.Server.TokenRequests);
        Assert.Equal(1, app.Log.Count(LogLevel.Information, "answered 403 and the call was sent again"));
    }

    [Fact]
    public async Task Rejection_ByAStatusThatIsNotAmongThem_IsTheCallers()
    {
        await using var app = await TestApp.StartAsync(client: client => client.TokenRejectedStatusCodes.Add(403));
        using var http = app.CreateClient();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));
        app.Server.RevokeAllTokens();

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal((HttpStatusCode.Unauthorized, 1), (answer.StatusCode, app.Server.TokenRequests));
    }

    [Theory]
    [InlineData(399)]
    [InlineData(500)]
    public void RejectedStatusCodes_OutsideOfTheRange_AreTold(int status) =>
        Assert.Contains(
            $"TokenRejectedStatusCodes must hold statuses from 400 to 499, but holds {status}.",
            new OAuth2ClientOptionsValidator().Validate("orders", new OAuth2ClientOptions { TokenRejectedStatusCodes = { 401, status } }).FailureMessage,
            StringComparison.Ordinal);

    /// <summary>The scopes that a 403 names are added where the client may have them, and the wider token is kept for the next time.</summary>
    [Fact]
    public async Task StepUp_ForScopesThatMayBeAdded_IsOneMoreRequest()
    {
        await using var app = await StartAsync(client => client.StepUpScopes.Add("orders:write"));
        using var http = app.CreateClient();
        await http.GetStringAsync(new Uri("reading", UriKind.Relative));

        using var first = await http.PostAsync(new Uri("orders", UriKind.Relative), new StringContent("x"));
        using var second = await http.PostAsync(new Uri("orders", UriKind.Relative), new StringContent("x"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal(["orders:read", "orders:read orders:write"], app.Server.RecordedTokenRequests.Select(request => request.Form["scope"]));
        Assert.Equal([200, 403, 200, 403, 200], app.Server.RecordedApiCalls.Select(call => call.StatusCode!.Value));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task StepUp_ThatIsNotAllowedOrCannotBeSent_ReturnsThe403(bool isAllowed, bool isReplayable)
    {
        await using var app = await StartAsync(client => client.StepUpScopes.Add(isAllowed ? "orders:write" : "orders:delete"));
        using var http = app.CreateClient();

        using var answer = await http.PostAsync(new Uri("orders", UriKind.Relative), isReplayable ? new StringContent("x") : new StreamContent(new OneWayStream()));

        Assert.Equal((HttpStatusCode.Forbidden, 1, 1), (answer.StatusCode, app.Server.TokenRequests, app.Server.ApiCalls));
    }

    /// <summary>Once for a call, wherever redirects lead it.</summary>
    [Fact]
    public async Task StepUp_AfterOneAndARedirect_IsNotMadeAgain()
    {
        var calls = 0;
        await using var app = await TestApp.StartAsync(
            server => server.Api = context =>
            {
                (context.Response.StatusCode, context.Response.Headers.Location) = ++calls == 2 ? (307, "/api/elsewhere") : (403, "");
                context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{(calls == 1 ? "one" : "two")}\"";
                return Task.CompletedTask;
            },
            client =>
            {
                client.StepUpScopes.Add("one");
                client.StepUpScopes.Add("two");
            });
        using var http = app.CreateClient();

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal((HttpStatusCode.Forbidden, 3), (answer.StatusCode, calls));
        Assert.Equal("one", app.Server.RecordedTokenRequests[^1].Form["scope"]);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData(403, "error=\"insufficient_scope\", scope=\"orders:read\"")]
    [InlineData(403, "error=\"insufficient_scope\"")]
    [InlineData(403, "error=\"invalid_token\", scope=\"orders:write\"")]
    [InlineData(403, "scope=\"orders:write\"")]
    [InlineData(400, "error=\"insufficient_scope\", scope=\"orders:write\"")]
    [InlineData(401, "error=\"insufficient_scope\", scope=\"orders:write\"")]
    public async Task StepUp_WhereNoScopeThatMayBeAddedIsMissing_ReturnsTheAnswer(int status, string challenge)
    {
        await using var app = await TestApp.StartAsync(
            server => server.Api = context =>
            {
                (context.Response.StatusCode, context.Response.Headers.WWWAuthenticate) = (status, $"Bearer {challenge}");
                return Task.CompletedTask;
            },
            client =>
            {
                client.Scopes.Add("orders:read");
                client.StepUpScopes.Add("orders:read");
                client.StepUpScopes.Add("orders:write");
            });
        using var http = app.CreateClient();

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal((status, 1, 1), ((int)answer.StatusCode, app.Server.TokenRequests, app.Server.ApiCalls));
    }

    /// <summary>What else the call's token was asked for with stays as it was.</summary>
    [Fact]
    public async Task StepUp_OfACallWithATokenOfItsOwn_AsksForTheSameAndMore()
    {
        await using var app = await StartAsync(client => client.StepUpScopes.Add("orders:write"));
        using var http = app.CreateClient();
        using var call = new HttpRequestMessage(HttpMethod.Post, "orders");
        call.SetOAuth2TokenRequest(new OAuth2TokenRequest { Audience = "shop", Resources = ["https://api.example/"], Parameters = new Dictionary<string, string> { ["tier"] = "gold" } });

        using var answer = await http.SendAsync(call);

        var asked = app.Server.RecordedTokenRequests.Select(request => (request.Form["scope"], request.Form["audience"], request.Form["resource"], request.Form["tier"]));
        Assert.Equal([("orders:read", "shop", "https://api.example/", "gold"), ("orders:read orders:write", "shop", "https://api.example/", "gold")], asked);
    }

    /// <summary>Nor does somebody else's token stand in for the one that the call brought.</summary>
    [Fact]
    public void StepUp_OfACallThatBringsWhatIsExchanged_KeepsIt()
    {
        var wider = OAuth2TokenRequest.WithScopes(new OAuth2TokenRequest { SubjectToken = "subject", ActorToken = "actor", Assertion = "assertion" }, ["more"]);

        Assert.Equal(("subject", "actor", "assertion", "more"), (wider.SubjectToken, wider.ActorToken, wider.Assertion, Assert.Single(wider.Scopes!)));
    }

    /// <summary>A wider token that is refused leaves the API's answer to the caller.</summary>
    [Fact]
    public async Task StepUp_ThatTheServerRefuses_ReturnsThe403()
    {
        await using var app = await StartAsync(client => client.StepUpScopes.Add("orders:write"));
        using var http = app.CreateClient();
        await http.GetStringAsync(new Uri("reading", UriKind.Relative));
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"invalid_scope"}""", "application/json");

        using var answer = await http.PostAsync(new Uri("orders", UriKind.Relative), new StringContent("x"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    /// <summary>Where an API says more of itself is told, and nobody goes there.</summary>
    [Fact]
    public async Task ResourceMetadata_OfA401_IsToldAndNotFollowed()
    {
        await using var app = await TestApp.StartAsync(server => server.Api = context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"x\", resource_metadata=\"https://api.example/.well-known/oauth-protected-resource?key=4711\"";
            return Task.CompletedTask;
        });
        using var http = app.CreateClient();

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        var entry = Assert.Single(app.Log.Entries, entry => entry.Level == LogLevel.Warning && entry.Message.Contains("not sent again", StringComparison.Ordinal));
        Assert.EndsWith("; its resource_metadata is 'https://api.example/.well-known/oauth-protected-resource'", entry.Message.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal((1, 1), (app.Server.ApiCalls, app.Server.TokenRequests));
    }

    [Fact]
    public async Task Introspect_OfATokenThatIsGoodAndThenIsNot_SaysSo()
    {
        await using var app = await TestApp.StartAsync(client: client => client.IntrospectionEndpoint = new Uri(client.TokenEndpoint!, "introspect"));

        var good = await app.Tokens.IntrospectAsync(TestApp.ClientName);
        app.Server.RevokeAllTokens();
        var revoked = await app.Tokens.IntrospectAsync(TestApp.ClientName);

        Assert.True(good.IsActive);
        Assert.Equal((OAuth2TestServer.DefaultClientId, "Bearer"), (good.ClientId, good.TokenType));
        Assert.Equal(app.Clock.GetUtcNow().AddHours(1), good.ExpiresAt);
        Assert.False(revoked.IsActive);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Introspect_OfAClientThatKnowsNoEndpoint_SaysWhatToSet()
    {
        await using var app = await TestApp.StartAsync();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => app.Tokens.IntrospectAsync(TestApp.ClientName).AsTask());

        Assert.Equal("OAuth2 client 'orders' has no introspection endpoint. Set IntrospectionEndpoint, or Provider for a built-in one.", exception.Message);
    }

    [Theory]
    [InlineData("""["active"]""")]
    [InlineData("""{"active":"true"}""")]
    [InlineData("{}")]
    [InlineData("""{"active":"\ud800"}""")]
    public async Task Introspect_WithAnAnswerThatDoesNotTell_IsAnError(string body)
    {
        await using var app = await TestApp.StartAsync(client: client => client.IntrospectionEndpoint = new Uri(client.TokenEndpoint!, "introspect"));
        app.Server.IntrospectionEndpointBehavior.FailNext(1, 200, body, "application/json");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.IntrospectAsync(TestApp.ClientName).AsTask());

        Assert.Contains("the introspection endpoint ", exception.Message, StringComparison.Ordinal);
    }

    private static Task<TestApp> StartAsync(Action<OAuth2ClientOptions> client) => TestApp.StartAsync(
        server =>
        {
            server.RequiredScopes["/api/orders"] = "orders:write";
            server.ScopeChallenges = true;
        },
        options =>
        {
            options.Scopes.Add("orders:read");
            client(options);
        });
}
