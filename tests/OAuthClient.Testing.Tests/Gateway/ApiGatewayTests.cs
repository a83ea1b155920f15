using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.Tests.Gateway;

public class ApiGatewayTests : ServerTests
{
    private TestClient Client => Server.Options.Clients[0];

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.RequiredScopes["/api/admin"] = "admin";
        options.RequiredScopes["/api/audit/"] = "admin";
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{0}")]
    [InlineData("Bearer")]
    [InlineData("bearer {0}")]
    [InlineData("Token {0}")]
    public async Task Call_NoUsableHeader_Is401MissingCredentials(string? header)
    {
        var token = await Caller.GetTokenAsync();

        var answer = await CallAsync(("Authorization", header?.Replace("{0}", token, StringComparison.Ordinal)));

        AssertRefused(answer, HttpStatusCode.Unauthorized, "900902");
    }

    [Fact]
    public async Task Call_HeaderTwice_Is401MissingCredentials()
    {
        var header = $"Authorization: Bearer {await Caller.GetTokenAsync()}\r\n";

        // HttpClient joins the values of one name.
        var answer = await Caller.SendRawAsync($"GET /api/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}{header}\r\n");

        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
        Assert.Contains("900902", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_UnknownToken_Is401InvalidCredentials() => AssertRefused(await Caller.CallAsync("unknown"), HttpStatusCode.Unauthorized, "900901");

    [Fact]
    public async Task Call_TokenOfAnotherServer_Is401InvalidCredentials()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        using var otherCaller = new Caller(other);

        AssertRefused(await Caller.CallAsync(await otherCaller.GetTokenAsync()), HttpStatusCode.Unauthorized, "900901");
    }

    [Fact]
    public async Task Call_SignatureChanged_Is401InvalidCredentials()
    {
        var token = await Caller.GetTokenAsync();
        var changed = (token[^2] is 'A' ? 'B' : 'A') + token[^1..];

        AssertRefused(await Caller.CallAsync(token[..^2] + changed), HttpStatusCode.Unauthorized, "900901");
    }

    [Fact]
    public async Task Call_TokenRevoked_Is401InvalidCredentials()
    {
        var token = await Caller.GetTokenAsync();

        Server.RevokeToken(token);

        AssertRefused(await Caller.CallAsync(token), HttpStatusCode.Unauthorized, "900901");
    }

    [Fact]
    public async Task Call_TokenExpired_Is401AtTheVeryMoment()
    {
        var token = await Caller.GetTokenAsync();

        Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(token)).Status);
        Time.Advance(TimeSpan.FromTicks(1));

        AssertRefused(await Caller.CallAsync(token), HttpStatusCode.Unauthorized, "900903");
        Assert.Equal(0, Server.LiveTokens);
    }

    [Fact]
    public async Task Call_ClientHasKeysOfTheOtherEnvironment_Is403()
    {
        var token = await Caller.GetTokenAsync();

        Client.KeyType = KeyType.Sandbox;
        AssertRefused(await Caller.CallAsync(token), HttpStatusCode.Forbidden, "900912");
        Server.Options.Environment = KeyType.Sandbox;

        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(token)).Status);
    }

    [Fact]
    public async Task Call_NotSubscribed_Is403()
    {
        var token = await Caller.GetTokenAsync();

        Client.Subscribed = false;

        AssertRefused(await Caller.CallAsync(token), HttpStatusCode.Forbidden, "900908");
    }

    [Fact]
    public async Task Call_ClientBlocked_Is403()
    {
        var token = await Caller.GetTokenAsync();

        Client.Blocked = true;

        AssertRefused(await Caller.CallAsync(token), HttpStatusCode.Forbidden, "900805");
    }

    [Theory]
    [InlineData("admin", "read", HttpStatusCode.Forbidden)]
    [InlineData("admin/users", "read", HttpStatusCode.Forbidden)]
    [InlineData("audit", "read", HttpStatusCode.Forbidden)]
    [InlineData("audit/logs", "read", HttpStatusCode.Forbidden)]
    [InlineData("admin/users", "read admin", HttpStatusCode.OK)]
    [InlineData("administration", "read", HttpStatusCode.OK)]
    public async Task Call_ScopeMissing_Is403BelowThePathThatNeedsIt(string path, string scope, HttpStatusCode expected)
    {
        var token = await Caller.GetTokenAsync($"grant_type=client_credentials&scope={Uri.EscapeDataString(scope)}");

        var answer = await Caller.CallAsync(token, path);

        Assert.Equal(expected, answer.Status);
        if (expected is HttpStatusCode.Forbidden)
            AssertRefused(answer, expected, "900910");
    }

    [Theory]
    [InlineData("X-Token", "Bearer", "Bearer ")]
    [InlineData("X-Token", "", "")]
    [InlineData("Authorization", "Token", "Token ")]
    public async Task Call_HeaderAndSchemeByOption_AreWhatIsRead(string name, string scheme, string prefix)
    {
        Server.Options.HeaderName = name;
        Server.Options.HeaderScheme = scheme;
        var token = await Caller.GetTokenAsync();

        var right = await CallAsync((name, prefix + token));
        var wrong = await CallAsync((name == "Authorization" ? "X-Token" : "Authorization", $"Bearer {token}"));

        Assert.Equal(HttpStatusCode.OK, right.Status);
        AssertRefused(wrong, HttpStatusCode.Unauthorized, "900902");
    }

    [Theory]
    [InlineData("chk_1", HttpStatusCode.OK)]
    [InlineData("chk_2", HttpStatusCode.Unauthorized)]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    public async Task Call_ApiKeyByOption_IsDemandedBesideTheToken(string? key, HttpStatusCode expected)
    {
        await using var server = await OAuth2TestServer.StartAsync(o => (o.ApiKeyHeaderName, o.ApiKey) = ("Choreo-API-Key", "chk_1"));
        using var caller = new Caller(server);
        var request = new HttpRequestMessage(HttpMethod.Get, server.ApiBaseAddress)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", await caller.GetTokenAsync()) },
        };
        if (key is not null)
            request.Headers.Add("Choreo-API-Key", key);

        var answer = await caller.SendAsync(request);

        Assert.Equal(expected, answer.Status);
        if (expected is HttpStatusCode.Unauthorized)
            AssertRefused(answer, expected, "900901");
    }

    [Fact]
    public async Task Api_ByOption_RunsBehindTheGatewayAndKnowsTheCaller()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.Api = context =>
            Results.Text($"{context.User.Identity!.Name} {context.User.FindFirst("client_id")!.Value} {context.User.FindFirst("scope")!.Value}").ExecuteAsync(context));
        using var caller = new Caller(server);
        var token = await caller.GetTokenAsync(Caller.PasswordGrant + "&scope=read");

        var refused = await caller.CallAsync(null);
        var answer = await caller.CallAsync(token);

        AssertRefused(refused, HttpStatusCode.Unauthorized, "900902");
        Assert.Equal("alice test-client read", answer.Body);
    }

    private Task<Answer> CallAsync(params (string Name, string? Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Server.ApiBaseAddress);
        foreach (var (name, value) in headers)
        {
            if (value is not null)
                request.Headers.TryAddWithoutValidation(name, value);
        }

        return Caller.SendAsync(request);
    }

    private static void AssertRefused(Answer answer, HttpStatusCode status, string code)
    {
        Assert.Equal((status, code), (answer.Status, answer["code"]));
        Assert.StartsWith("Bearer realm=\"Choreo Connect\", error=\"invalid_token\"", answer.Challenge, StringComparison.Ordinal);
    }
}
