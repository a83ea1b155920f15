using System.Net;
using System.Net.Http.Headers;

namespace OAuthClient.Testing.Tests;

public class StrictTests : ServerTests
{
    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Strict = true;
        options.Clients.Add(new TestClient("id", "secret") { Scopes = { "read", "write" } });
        options.Clients.Add(new TestClient("any", "secret"));
        options.Clients.Add(new TestClient("public", null));
        options.RequiredScopes["/api/admin"] = "admin";
    }

    [Theory]
    [InlineData("grant_type=client_credentials")]
    [InlineData(Caller.PasswordGrant)]
    public async Task Scope_NotAllowed_IsInvalidScope(string grant)
    {
        var refused = await Caller.TokenAsync(grant + "&scope=read+admin");
        var granted = await Caller.TokenAsync(grant + "&scope=write+read");

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_scope"), (refused.Status, refused["error"]));
        Assert.Contains("'admin'", refused["error_description"], StringComparison.Ordinal);
        Assert.Equal("write read", granted["scope"]);
    }

    [Theory]
    [InlineData("device_7")]
    [InlineData("a\"b")]
    [InlineData("a\\b")]
    [InlineData("caf\u00e9")]
    public async Task Scope_NotWellFormedOrOfADevice_IsInvalidScopeForAnyClient(string scope) =>
        Assert.Equal("invalid_scope", (await Caller.TokenAsync($"grant_type=client_credentials&scope={Uri.EscapeDataString(scope)}", Caller.Basic("any", "secret")))["error"]);

    [Fact]
    public async Task ClientCredentials_PublicClient_IsUnauthorizedClient()
    {
        var own = await Caller.TokenAsync("grant_type=client_credentials&client_id=public", null);
        var users = await Caller.TokenAsync(Caller.PasswordGrant + "&client_id=public", null);

        Assert.Equal((HttpStatusCode.BadRequest, "unauthorized_client"), (own.Status, own["error"]));
        Assert.Equal(HttpStatusCode.OK, users.Status);
    }

    [Fact]
    public async Task Refresh_AccountLockedMeanwhile_IsInvalidGrant()
    {
        var first = await Caller.TokenAsync(Caller.PasswordGrant);
        for (var i = 0; i < 5; i++)
            await Caller.TokenAsync("grant_type=password&username=alice&password=wrong");

        Assert.Equal("invalid_grant", (await Caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}"))["error"]);
    }

    [Fact]
    public async Task InvalidClient_Challenge_IsQuoted() =>
        Assert.Equal("Basic realm=\"127.0.0.1\"", (await Caller.TokenAsync("grant_type=client_credentials", Caller.Basic("id", "wrong"))).Challenge);

    [Theory]
    [InlineData(GatewayErrorFormat.ChoreoConnect)]
    [InlineData(GatewayErrorFormat.ApiManager)]
    [InlineData(GatewayErrorFormat.ApiManagerXml)]
    [InlineData(GatewayErrorFormat.ApiPlatform)]
    [InlineData(GatewayErrorFormat.Rfc6750)]
    public async Task Challenge_OfEachFormat_IsThatOfRfc6750(GatewayErrorFormat format)
    {
        Server.Options.GatewayErrorFormat = format;
        Server.Options.Strict = format is not GatewayErrorFormat.Rfc6750;
        var token = await Caller.GetTokenAsync();

        var none = await Caller.CallAsync(null);
        var wrong = await Caller.CallAsync("wrong");
        var narrow = await Caller.CallAsync(token, "admin/users");
        Server.Options.Clients[0].Subscribed = false;
        var forbidden = await Caller.CallAsync(token);

        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer realm=\"api\""), (none.Status, none.Challenge));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.Status);
        Assert.StartsWith("Bearer realm=\"api\", error=\"invalid_token\", error_description=\"", wrong.Challenge, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, narrow.Status);
        Assert.StartsWith("Bearer realm=\"api\", error=\"insufficient_scope\", error_description=\"", narrow.Challenge, StringComparison.Ordinal);
        Assert.EndsWith(", scope=\"admin\"", narrow.Challenge, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Forbidden, ""), (forbidden.Status, forbidden.Challenge));
    }

    [Fact]
    public async Task Rfc6750_Bodies_SayTheErrorOrNothing()
    {
        Server.Options.GatewayErrorFormat = GatewayErrorFormat.Rfc6750;

        Assert.Equal("{}", (await Caller.CallAsync(null)).Body);
        Assert.Equal("invalid_token", (await Caller.CallAsync("wrong"))["error"]);
    }

    [Theory]
    [InlineData("bearer", HttpStatusCode.OK)]
    [InlineData("BEARER", HttpStatusCode.OK)]
    [InlineData("Basic", HttpStatusCode.Unauthorized)]
    public async Task Scheme_InAnyCase_IsTaken(string scheme, HttpStatusCode expected)
    {
        var token = await Caller.GetTokenAsync();

        var answer = await Caller.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(Server.ApiBaseAddress, "orders"))
        {
            Headers = { Authorization = new AuthenticationHeaderValue(scheme, token) },
        });

        Assert.Equal(expected, answer.Status);
    }

    [Fact]
    public async Task Token_AfterSeveralSpaces_IsTaken()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Server.ApiBaseAddress, "orders"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer   {Server.IssueToken()}");

        Assert.Equal(HttpStatusCode.OK, (await Caller.SendAsync(request)).Status);
    }

    [Fact]
    public async Task Token_InHeaderAndQuery_IsInvalidRequest()
    {
        var token = Server.IssueToken();

        var both = await Caller.CallAsync(token, $"orders?access_token={token}");
        var query = await Caller.CallAsync(null, $"orders?access_token={token}");

        Assert.Equal(HttpStatusCode.BadRequest, both.Status);
        Assert.Contains("error=\"invalid_request\"", both.Challenge, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer realm=\"api\""), (query.Status, query.Challenge));
    }

    [Theory]
    [InlineData(Caller.PasswordGrant + "&client_id=public&client_secret=", HttpStatusCode.OK)]
    [InlineData("grant_type=password&username=alice&password=&client_id=public", HttpStatusCode.BadRequest)]
    [InlineData("scope=&scope=&grant_type=password&username=alice&password=alice-password&client_id=public", HttpStatusCode.BadRequest)]
    public async Task Parameter_Empty_CountsAsOmitted(string form, HttpStatusCode expected)
    {
        var answer = await Caller.TokenAsync(form, null);

        Assert.Equal(expected, answer.Status);
        if (expected is HttpStatusCode.BadRequest)
            Assert.Equal("invalid_request", answer["error"]);
    }

    [Fact]
    public async Task Token_Twice_IsInvalidRequest()
    {
        Server.Options.HeaderName = "X-Token";

        var answer = await Caller.SendRawAsync("GET /api/orders HTTP/1.1\r\nHost: x\r\nX-Token: Bearer a\r\nX-Token: Bearer b\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("error=\"invalid_request\"", answer, StringComparison.Ordinal);
    }
}
