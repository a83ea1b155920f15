using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace OAuthClient.Testing.Tests;

public class StrictTests : IAsyncLifetime
{
    private OAuth2TestServer _server = null!;
    private Caller _caller = null!;

    public async Task InitializeAsync()
    {
        _server = await OAuth2TestServer.StartAsync(o =>
        {
            o.Strict = true;
            o.Clients.Add(new TestClient("id", "secret") { Scopes = { "read", "write" } });
            o.Clients.Add(new TestClient("any", "secret"));
            o.Clients.Add(new TestClient("public", null));
            o.RequiredScopes["/api/admin"] = "admin";
        });
        _caller = new Caller(_server);
    }

    public async Task DisposeAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("grant_type=client_credentials")]
    [InlineData("grant_type=password&username=alice&password=alice-password")]
    public async Task Scope_NotAllowed_IsInvalidScope(string grant)
    {
        var refused = await _caller.TokenAsync(grant + "&scope=read+admin");
        var granted = await _caller.TokenAsync(grant + "&scope=write+read");

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
        Assert.Equal("invalid_scope", (await _caller.TokenAsync($"grant_type=client_credentials&scope={Uri.EscapeDataString(scope)}", Caller.Basic("any", "secret")))["error"]);

    [Fact]
    public async Task ClientCredentials_PublicClient_IsUnauthorizedClient()
    {
        var own = await _caller.TokenAsync("grant_type=client_credentials&client_id=public", null);
        var users = await _caller.TokenAsync("grant_type=password&username=alice&password=alice-password&client_id=public", null);

        Assert.Equal((HttpStatusCode.BadRequest, "unauthorized_client"), (own.Status, own["error"]));
        Assert.Equal(HttpStatusCode.OK, users.Status);
    }

    [Fact]
    public async Task Refresh_AccountLockedMeanwhile_IsInvalidGrant()
    {
        var first = await _caller.TokenAsync("grant_type=password&username=alice&password=alice-password");
        for (var i = 0; i < 5; i++)
            await _caller.TokenAsync("grant_type=password&username=alice&password=wrong");

        Assert.Equal("invalid_grant", (await _caller.TokenAsync($"grant_type=refresh_token&refresh_token={first["refresh_token"]}"))["error"]);
    }

    [Fact]
    public async Task InvalidClient_Challenge_IsQuoted() =>
        Assert.Equal("Basic realm=\"127.0.0.1\"", (await _caller.TokenAsync("grant_type=client_credentials", Caller.Basic("id", "wrong"))).Challenge);

    [Theory]
    [InlineData(GatewayErrorFormat.ChoreoConnect)]
    [InlineData(GatewayErrorFormat.ApiManager)]
    [InlineData(GatewayErrorFormat.ApiManagerXml)]
    [InlineData(GatewayErrorFormat.ApiPlatform)]
    [InlineData(GatewayErrorFormat.Rfc6750)]
    public async Task Challenge_OfEachFormat_IsThatOfRfc6750(GatewayErrorFormat format)
    {
        _server.Options.GatewayErrorFormat = format;
        _server.Options.Strict = format is not GatewayErrorFormat.Rfc6750;
        var token = await _caller.GetTokenAsync();

        var none = await _caller.CallAsync(null);
        var wrong = await _caller.CallAsync("wrong");
        var narrow = await _caller.CallAsync(token, "admin/users");
        _server.Options.Clients[0].Subscribed = false;
        var forbidden = await _caller.CallAsync(token);

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
        _server.Options.GatewayErrorFormat = GatewayErrorFormat.Rfc6750;

        Assert.Equal("{}", (await _caller.CallAsync(null)).Body);
        Assert.Equal("invalid_token", (await _caller.CallAsync("wrong"))["error"]);
    }

    [Theory]
    [InlineData("bearer", HttpStatusCode.OK)]
    [InlineData("BEARER", HttpStatusCode.OK)]
    [InlineData("Basic", HttpStatusCode.Unauthorized)]
    public async Task Scheme_InAnyCase_IsTaken(string scheme, HttpStatusCode expected)
    {
        var token = await _caller.GetTokenAsync();

        var answer = await _caller.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(_server.ApiBaseAddress, "orders"))
        {
            Headers = { Authorization = new AuthenticationHeaderValue(scheme, token) },
        });

        Assert.Equal(expected, answer.Status);
    }

    [Fact]
    public async Task Token_AfterSeveralSpaces_IsTaken()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.ApiBaseAddress, "orders"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer   {_server.IssueToken()}");

        Assert.Equal(HttpStatusCode.OK, (await _caller.SendAsync(request)).Status);
    }

    [Fact]
    public async Task Token_InHeaderAndQuery_IsInvalidRequest()
    {
        var token = _server.IssueToken();

        var both = await _caller.CallAsync(token, $"orders?access_token={token}");
        var query = await _caller.CallAsync(null, $"orders?access_token={token}");

        Assert.Equal(HttpStatusCode.BadRequest, both.Status);
        Assert.Contains("error=\"invalid_request\"", both.Challenge, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer realm=\"api\""), (query.Status, query.Challenge));
    }

    [Theory]
    [InlineData("grant_type=password&username=alice&password=alice-password&client_id=public&client_secret=", HttpStatusCode.OK)]
    [InlineData("grant_type=password&username=alice&password=&client_id=public", HttpStatusCode.BadRequest)]
    [InlineData("scope=&scope=&grant_type=password&username=alice&password=alice-password&client_id=public", HttpStatusCode.BadRequest)]
    public async Task Parameter_Empty_CountsAsOmitted(string form, HttpStatusCode expected)
    {
        var answer = await _caller.TokenAsync(form, null);

        Assert.Equal(expected, answer.Status);
        if (expected is HttpStatusCode.BadRequest)
            Assert.Equal("invalid_request", answer["error"]);
    }

    [Fact]
    public async Task Token_Twice_IsInvalidRequest()
    {
        _server.Options.HeaderName = "X-Token";
        using var socket = new TcpClient();
        await socket.ConnectAsync(_server.BaseAddress.Host, _server.BaseAddress.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync("GET /api/orders HTTP/1.1\r\nHost: x\r\nX-Token: Bearer a\r\nX-Token: Bearer b\r\nConnection: close\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);

        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("error=\"invalid_request\"", answer, StringComparison.Ordinal);
    }
}
