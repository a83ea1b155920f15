using System.Net;
using Duende.IdentityModel.Client;
using Microsoft.IdentityModel.JsonWebTokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

/// <summary>RFC 8628.</summary>
public class DeviceCodeGrantTests : ServerTests
{
    private const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret") { Scopes = { "read", "write" }, GrantTypes = { DeviceCode } });
        options.Clients.Add(new TestClient("tv", null) { GrantTypes = { DeviceCode } });
        options.Clients.Add(new TestClient("other", "secret") { GrantTypes = { DeviceCode } });
        options.Clients.Add(new TestClient("service", "secret"));
    }

    [Fact]
    public async Task Codes_AskedFor_AnswerInTheWireShape()
    {
        var answer = await Caller.PostAsync(Server.DeviceAuthorizationEndpoint, "scope=read", Caller.Basic("id", "secret"));

        var uri = new Uri(Server.BaseAddress, "oauth2/device").AbsoluteUri;
        Assert.Equal((HttpStatusCode.OK, "no-store"), (answer.Status, answer.Headers.CacheControl!.ToString()));
        Assert.Equal(
            $$"""{"device_code":"{{answer["device_code"]}}","user_code":"{{answer["user_code"]}}","verification_uri":"{{uri}}","verification_uri_complete":"{{uri}}?user_code={{answer["user_code"]}}","expires_in":600,"interval":5}""",
            answer.Body);
        Assert.Matches("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$", answer["user_code"]);
        Assert.Equal(HttpStatusCode.OK, (await Caller.SendAsync(new HttpRequestMessage(HttpMethod.Get, answer["verification_uri_complete"]))).Status);
    }

    [Fact]
    public async Task Codes_LifetimeAndIntervalByOption_AreWholeSecondsThatKeepAClientInTime()
    {
        (Server.Options.DeviceCodeLifetime, Server.Options.DevicePollInterval) = (TimeSpan.FromSeconds(90.9), TimeSpan.FromSeconds(1.1));

        var device = await AskAsync();

        Assert.Equal((90, 2), (device.ExpiresIn, device.Interval));
    }

    [Theory]
    [InlineData("id", "secret")]
    [InlineData("tv", null)]
    public async Task Token_UserSaysYes_IsTheUsersForTheScopesAskedFor(string id, string? secret)
    {
        var device = await AskAsync(id, secret, "write");
        await Server.WaitForCompletedDeviceRequestsAsync(1);
        Assert.Equal([device.UserCode!], Server.PendingUserCodes);

        Server.ApproveDevice(device.UserCode!, "alice");
        var token = await PollAsync(device.DeviceCode, id, secret);

        Assert.Empty(Server.PendingUserCodes);
        Assert.Equal((false, "write", 3600), (token.IsError, token.Scope, token.ExpiresIn));
        var call = await Caller.CallAsync(token.AccessToken);
        Assert.Equal((HttpStatusCode.OK, "alice", id), (call.Status, call["user"], call["client_id"]));
        Assert.Equal((1, "/oauth2/device_authorize"), (Server.DeviceRequests, Server.RecordedDeviceRequests[0].Path));
        var refreshed = await Caller.Http.RequestRefreshTokenAsync(Fill(new RefreshTokenRequest { RefreshToken = token.RefreshToken! }, id, secret));
        Assert.Equal("alice", new JsonWebToken(refreshed.AccessToken).Subject);
    }

    [Fact]
    public async Task Token_ClientMayNotRefresh_ComesWithoutRefreshToken()
    {
        Server.Options.Clients[0].GrantTypes.Remove("refresh_token");
        var device = await AskAsync();

        Server.ApproveDevice(device.UserCode!, "stranger");
        var token = await PollAsync(device.DeviceCode);

        Assert.Equal((false, null, "stranger"), (token.IsError, token.RefreshToken, new JsonWebToken(token.AccessToken).Subject));
    }

    [Fact]
    public async Task Poll_BeforeTheInterval_IsSlowDownAndMakesItLonger()
    {
        var device = await AskAsync();

        Assert.Equal("authorization_pending", await ErrorAsync());
        Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal("slow_down", await ErrorAsync());
        Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal("slow_down", await ErrorAsync());
        Time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("authorization_pending", await ErrorAsync());
        Time.Advance(TimeSpan.FromSeconds(14.9));
        Server.ApproveDevice(device.UserCode!, "alice");
        Assert.Null(await ErrorAsync());

        async Task<string?> ErrorAsync() => (await PollAsync(device.DeviceCode)).Error;
    }

    [Fact]
    public async Task Poll_AtTheInterval_IsNeverSlowDown()
    {
        var device = await AskAsync();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("authorization_pending", (await PollAsync(device.DeviceCode)).Error);
            Time.Advance(TimeSpan.FromSeconds(device.Interval));
        }
    }

    [Fact]
    public async Task Poll_UserSaysNo_IsAccessDenied()
    {
        var (denied, other) = (await AskAsync(), await AskAsync());

        Server.DenyDevice(denied.UserCode!);

        Assert.Equal("access_denied", (await PollAsync(denied.DeviceCode)).Error);
        Assert.Equal("access_denied", (await PollAsync(denied.DeviceCode)).Error);
        Assert.Equal("authorization_pending", (await PollAsync(other.DeviceCode)).Error);
        Assert.Equal([other.UserCode!], Server.PendingUserCodes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Poll_CodesExpired_IsExpiredToken(bool approved)
    {
        var device = await AskAsync();
        if (approved)
            Server.ApproveDevice(device.UserCode!, "alice");

        Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Equal(approved ? [] : [device.UserCode!], Server.PendingUserCodes);
        Time.Advance(TimeSpan.FromTicks(1));

        Assert.Empty(Server.PendingUserCodes);
        Assert.Equal("expired_token", (await PollAsync(device.DeviceCode)).Error);
    }

    [Fact]
    public async Task Poll_CodeUsedBefore_IsInvalidGrant()
    {
        var device = await AskAsync();
        Server.ApproveDevice(device.UserCode!, "alice");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PollAsync(device.DeviceCode)));

        Assert.Single(answers, a => !a.IsError);
        Assert.All(answers.Where(a => a.IsError), a => Assert.Equal(("invalid_grant", "The device_code has been used before."), (a.Error, a.ErrorDescription)));
    }

    [Fact]
    public async Task Poll_CodeOfAnotherClientOrIssuer_IsInvalidGrant()
    {
        var acme = Server.AddIssuer("t/acme");
        var device = await AskAsync();
        Server.ApproveDevice(device.UserCode!, "alice");

        var client = await PollAsync(device.DeviceCode, "other");
        var issuer = await Caller.PostAsync(acme.TokenEndpoint, $"grant_type={DeviceCode}&device_code={device.DeviceCode}", Caller.Basic("id", "secret"));

        Assert.Equal(("invalid_grant", "invalid_grant"), (client.Error, issuer["error"]));
        Assert.False((await PollAsync(device.DeviceCode)).IsError);
    }

    [Theory]
    [InlineData("", "invalid_request", "'device_code' is missing")]
    [InlineData("&device_code=", "invalid_request", "'device_code' is missing")]
    [InlineData("&device_code=guessed", "invalid_grant", "The device_code is unknown")]
    public async Task Poll_CodeMissingOrUnknown_SaysSo(string form, string error, string description)
    {
        var answer = await Caller.TokenAsync($"grant_type={DeviceCode}{form}");

        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer["error"]));
        Assert.Contains(description, answer["error_description"], StringComparison.Ordinal);
        Assert.DoesNotContain("guessed", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", HttpStatusCode.Unauthorized, "invalid_client")]
    [InlineData("client_id=nobody", HttpStatusCode.Unauthorized, "invalid_client")]
    [InlineData("client_id=id", HttpStatusCode.Unauthorized, "invalid_client")]
    [InlineData("client_id=id&client_secret=wrong", HttpStatusCode.Unauthorized, "invalid_client")]
    [InlineData("client_id=service&client_secret=secret", HttpStatusCode.BadRequest, "unauthorized_client")]
    [InlineData("client_id=tv&scope=a&scope=b", HttpStatusCode.BadRequest, "invalid_request")]
    [InlineData("client_id=id&client_secret=secret&scope=admin", HttpStatusCode.BadRequest, "invalid_scope")]
    public async Task Codes_RequestIsWrong_IsRefusedAndNoDeviceWaits(string form, HttpStatusCode status, string error)
    {
        Server.Options.Strict = true;

        var answer = await Caller.PostAsync(Server.DeviceAuthorizationEndpoint, form, null);

        Assert.Equal((status, error), (answer.Status, answer["error"]));
        Assert.Empty(Server.PendingUserCodes);
    }

    [Fact]
    public async Task Poll_ClientWithoutTheGrant_IsUnauthorizedClient() =>
        Assert.Equal("unauthorized_client", (await PollAsync("x", "service")).Error);

    [Fact]
    public async Task UserCode_InLowerCaseWithoutPunctuation_IsTheSame()
    {
        var device = await AskAsync();

        Server.ApproveDevice($" {device.UserCode!.Replace('-', ' ').ToLowerInvariant()}", "alice");

        Assert.False((await PollAsync(device.DeviceCode)).IsError);
    }

    [Fact]
    public async Task UserCode_ThatNoDeviceWaitsFor_Throws()
    {
        var device = await AskAsync();
        Server.DenyDevice(device.UserCode!);

        Assert.Contains("those that do have none", Assert.Throws<ArgumentException>(() => Server.ApproveDevice(device.UserCode!, "alice")).Message, StringComparison.Ordinal);
        Assert.Equal("userCode", Assert.Throws<ArgumentException>(() => Server.DenyDevice("XXXX-XXXX")).ParamName);
        Assert.Equal("username", Assert.Throws<ArgumentException>(() => Server.ApproveDevice(device.UserCode!, " ")).ParamName);
    }

    [Fact]
    public async Task DeviceAuthorization_FaultsAndCounter_AreItsOwn()
    {
        Server.DeviceAuthorizationEndpointBehavior.FailNext(1, 503);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await AskAsync()).HttpStatusCode);
        Assert.False((await AskAsync()).IsError);
        Assert.Equal((2, 0), (Server.DeviceRequests, Server.TokenRequests));
        Server.ResetCounters();
        Assert.Equal(0, Server.DeviceRequests);
    }

    [Theory]
    [InlineData("DeviceCodeLifetime")]
    [InlineData("DevicePollInterval")]
    public async Task Options_NegativeTimes_ServerDoesNotStart(string option)
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => OAuth2TestServer.StartAsync(o =>
        {
            if (option is "DeviceCodeLifetime")
                o.DeviceCodeLifetime = TimeSpan.Zero;
            else
                o.DevicePollInterval = TimeSpan.FromSeconds(-1);
        }));

        Assert.Contains(option, exception.Message, StringComparison.Ordinal);
    }

    private Task<DeviceAuthorizationResponse> AskAsync(string id = "id", string? secret = "secret", string? scope = null)
    {
        var request = Fill(new DeviceAuthorizationRequest { Scope = scope }, id, secret);
        request.Address = Server.DeviceAuthorizationEndpoint.AbsoluteUri;
        return Caller.Http.RequestDeviceAuthorizationAsync(request);
    }

    private Task<TokenResponse> PollAsync(string? deviceCode, string id = "id", string? secret = "secret") =>
        Caller.Http.RequestDeviceTokenAsync(Fill(new DeviceTokenRequest { DeviceCode = deviceCode! }, id, secret));

    private T Fill<T>(T request, string id, string? secret)
        where T : ProtocolRequest
    {
        (request.Address, request.ClientId, request.ClientSecret) = (Server.TokenEndpoint.AbsoluteUri, id, secret);
        request.ClientCredentialStyle = ClientCredentialStyle.PostBody;
        return request;
    }
}
