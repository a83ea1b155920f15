using System.Diagnostics;
using System.Globalization;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>Calling once and often: what is sent, what is reported, and how a run ends.</summary>
public class CallApiRunTests
{
    private const string Post = "--OAuth2:ClientAuthenticationMethod=ClientSecretPost";

    [Fact]
    public async Task Run_TenThousandCallsBySixtyFour_AsksForOneToken()
    {
        await using var callApi = await CallApiProcess.StartAsync(options => options.RecordedRequestLimit = 10);

        var output = await callApi.CallAsync(Post, "--Repeat=10000", "--Concurrency=64");

        output.AssertSuccess();
        var line = output.LastLine;
        Assert.Equal(("10000", "10000", "0", "200:10000", "1"), (line["calls"], line["ok"], line["failed"], line["statuses"], line["token_requests"]));
        Assert.Equal((10_000, 1), (callApi.Server.ApiCalls, callApi.Server.TokenRequests));
        Assert.Equal(1, output.StandardOutput.Count(c => c == '\n'));
        long[] times = [.. new[] { "p50_ms", "p99_ms", "max_ms", "wall_ms" }.Select(name => long.Parse(line[name], CultureInfo.InvariantCulture))];
        Assert.Equal(times.Order(), times);
    }

    [Fact]
    public async Task Run_ForSeconds_StopsByItself()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync(Post, "--Seconds=0.2", "--Concurrency=2");

        output.AssertSuccess();
        Assert.Equal(output.LastLine["calls"], $"{callApi.Server.ApiCalls}");
        Assert.True(int.Parse(output.LastLine["wall_ms"], CultureInfo.InvariantCulture) >= 200);
    }

    [Fact]
    public async Task Run_FewerCallsThanWorkers_MakesThatMany()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync(Post, "--Repeat=3", "--Concurrency=1024");

        output.AssertSuccess();
        Assert.Equal(3, callApi.Server.ApiCalls);
    }

    [Fact]
    public async Task Run_SomeCallsFail_ReportsStatusesInOrderAndExits4()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Server.ApiBehavior.FailNext(2, 503);
        callApi.Server.ApiBehavior.FailNext(1, 404);
        callApi.Server.ApiBehavior.AbortNext();

        // With a body, since .NET itself sends a call without one again when the connection is cut.
        var output = await callApi.CallAsync(Post, "--Repeat=10", "--Body=tea");

        output.AssertFailure(4, "4 of 10 calls failed", "answered 503 102503", "behind the gateway is out of order", "Call again later");
        Assert.Equal(("10", "6", "4", "200:6,404:1,503:2,error:1"), (output.LastLine["calls"], output.LastLine["ok"], output.LastLine["failed"], output.LastLine["statuses"]));
    }

    [Fact]
    public async Task Run_Terminated_PrintsLastLine()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var callApi = await CallApiProcess.StartAsync();

        // SIGTERM takes the way of Ctrl+C, which a test runner in the background may have made its children deaf to.
        var output = await callApi.RunAsync(
            async process =>
            {
                await callApi.Server.WaitForApiCallsAsync(20);
                using var kill = Process.Start("sh", ["-c", $"kill -TERM {process.Id}"]);
                await kill.WaitForExitAsync();
            },
            $"--OAuth2:TokenEndpoint={callApi.Server.TokenEndpoint}", $"--OAuth2:ClientId={CallApiProcess.ClientId}", $"--Url={callApi.Server.ApiBaseAddress}orders", Post, "--Seconds=3600");

        output.AssertSuccess();
        Assert.True(int.Parse(output.LastLine["calls"], CultureInfo.InvariantCulture) >= 19);
        Assert.Equal("0", output.LastLine["failed"]);
    }

    [Theory]
    [InlineData("""{"n":1}""", null, "POST", "application/json")]
    [InlineData("plain words", null, "POST", "text/plain")]
    [InlineData("<a/>", "application/xml", "POST", "application/xml")]
    [InlineData("plain words", null, "PUT", "text/plain")]
    public async Task Body_OfEachKind_IsSentWithItsContentType(string body, string? contentType, string method, string expected)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        string[] optional = [.. contentType is null ? [] : new[] { $"--ContentType={contentType}" }, .. method == "POST" ? [] : new[] { $"--Method={method}" }];

        var output = await callApi.CallAsync([Post, $"--Body={body}", .. optional]);

        output.AssertSuccess();
        var call = Assert.Single(callApi.Server.RecordedApiCalls);
        Assert.Equal((method, body), (call.Method, System.Text.Encoding.UTF8.GetString(call.Body.Span)));
        Assert.StartsWith(expected, call.Headers["Content-Type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_FromFile_IsSent()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(callApi.WorkingDirectory, "order.json"), """{"item":"tea"}""");

        var output = await callApi.CallAsync(Post, "--Body=@order.json");

        output.AssertSuccess();
        Assert.Equal("""{"item":"tea"}""", System.Text.Encoding.UTF8.GetString(Assert.Single(callApi.Server.RecordedApiCalls).Body.Span));
    }

    [Theory]
    [InlineData("orders/1?full=true")]
    [InlineData("/orders/1?full=true")]
    public async Task Url_Relative_IsAppendedToBaseAddress(string url)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync(Post, $"--OAuth2:BaseAddress={callApi.Server.ApiBaseAddress.AbsoluteUri.TrimEnd('/')}", $"--Url={url}");

        output.AssertSuccess();
        var call = Assert.Single(callApi.Server.RecordedApiCalls);
        Assert.Equal(("/api/orders/1", "?full=true"), (call.Path, call.Query));
    }

    [Theory]
    [InlineData(GatewayErrorFormat.ChoreoConnect)]
    [InlineData(GatewayErrorFormat.ApiManager)]
    [InlineData(GatewayErrorFormat.ApiManagerXml)]
    public async Task Call_NotSubscribed_Exits4AndSaysSo(GatewayErrorFormat format)
    {
        await using var callApi = await CallApiProcess.StartAsync(options => options.GatewayErrorFormat = format);
        callApi.Server.Options.Clients[0].Subscribed = false;

        var output = await callApi.CallAsync(Post);

        output.AssertFailure(4, "answered 403 900908 \"User is NOT authorized", "The application is not subscribed to the API. Subscribe it in the developer portal; where a subscription has a key of its own, set OAuth2:CredentialHeaders.");
        Assert.Single(output.StandardError.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Call_KeyOfOtherEnvironment_Exits4AndSaysSo()
    {
        await using var callApi = await CallApiProcess.StartAsync(options => options.Environment = KeyType.Sandbox);

        var output = await callApi.CallAsync(Post);

        output.AssertFailure(4, "900912", "production and sandbox", "OAuth2:ClientId");
    }

    [Fact]
    public async Task Call_ScopeMissing_Exits4AndSaysSo()
    {
        await using var callApi = await CallApiProcess.StartAsync(options => options.RequiredScopes["/api/orders"] = "orders:read");

        var output = await callApi.CallAsync(Post);

        output.AssertFailure(4, "900910", "scopes do not cover", "OAuth2:Scopes");
    }

    [Theory]
    [InlineData(401, """{"error":"Unauthorized","message":"Authentication failed"}""", "answered 401 \"Authentication failed\". The API does not accept the call's credentials.")]
    [InlineData(404, """{"title":"No such order","status":404}""", "answered 404 \"No such order\". There is no such resource: check path and method in Url and Method, and OAuth2:BaseAddress.")]
    [InlineData(500, "<html>no</html>", "answered 500. The gateway or the API behind it is out of order")]
    [InlineData(400, "{no", "answered 400 \"{no\". Check Url, Method, Body and ContentType.")]
    public async Task Call_AnsweredWithAnError_Exits4AndSaysWhatHelps(int status, string body, string says)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Server.ApiBehavior.FailUntilCleared(status, body);

        var output = await callApi.CallAsync(Post);

        output.AssertFailure(4, says);
        Assert.Contains(body, output.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_TokenEchoedInError_IsNotPrinted()
    {
        await using var callApi = await CallApiProcess.StartAsync(options => options.Api = async context =>
        {
            context.Response.StatusCode = 400;
            await context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"no good: {context.Request.Headers.Authorization}"));
        });

        var output = await callApi.CallAsync(Post, "--Repeat=1");

        output.AssertFailure(4, "answered 400 \"no good: Bearer ***\"");
    }

    [Fact]
    public async Task Call_UnknownHost_Exits4AndNamesUrl()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync(Post, "--Url=https://no-such-host.invalid/orders?key=canary");

        output.AssertFailure(4, "https://no-such-host.invalid/orders", "Url");
        Assert.DoesNotContain("canary", output.StandardError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_FollowingARedirect_TakesTheTokenToAllowedOriginsAlone(bool isAllowed)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        await using var other = await OAuth2TestServer.StartAsync();
        callApi.Server.ApiBehavior.Override = context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = $"{other.ApiBaseAddress}orders";
            return Task.CompletedTask;
        };
        other.ApiBehavior.Override = context =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        };
        string[] allowed = isAllowed ? [$"--OAuth2:AllowedOrigins:0={other.BaseAddress.GetLeftPart(UriPartial.Authority)}"] : [];

        var output = await callApi.CallAsync([Post, "--FollowRedirects", .. allowed]);

        output.AssertSuccess();
        Assert.Equal(isAllowed, Assert.Single(other.RecordedApiCalls).Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task Call_RedirectedElsewhere_Exits4AndSendsNothingThere()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var callApi = await CallApiProcess.StartAsync(options =>
        {
            options.HeaderName = "X-Api-Token";
            options.Api = context =>
            {
                context.Response.Redirect($"{other.ApiBaseAddress}orders?code=canary");
                return Task.CompletedTask;
            };
        });

        var output = await callApi.CallAsync(Post, "--OAuth2:HeaderName=X-Api-Token");

        output.AssertFailure(4, "answered 302", $"set Url to the new address, {other.ApiBaseAddress}orders, where");
        Assert.Equal(0, other.ApiCalls);
    }

    [Fact]
    public async Task ShowToken_Jwt_PrintsClaimsAndTimes()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunAsync(
            $"--OAuth2:TokenEndpoint={callApi.Server.TokenEndpoint}", $"--OAuth2:ClientId={CallApiProcess.ClientId}", Post, "--OAuth2:Scopes=orders:read", "--ShowToken");

        output.AssertSuccess();
        Assert.Matches(@"^Bearer token, a JWT, alg ES256, kid \S+", output.StandardOutput);
        Assert.Matches(@"(?m)^  client_id +orders-app\r?$", output.StandardOutput);
        Assert.Matches(@"(?m)^  iat +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\r?$", output.StandardOutput);
        Assert.Matches(@"(?m)^  exp +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, expires in (00:59:5\d|01:00:00)\r?$", output.StandardOutput);
        Assert.Contains("scope granted: orders:read", output.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(0, callApi.Server.ApiCalls);
    }

    [Fact]
    public async Task ShowToken_Opaque_PrintsTypeScopeAndExpiry()
    {
        await using var callApi = await CallApiProcess.StartAsync(options => options.TokenFormat = TokenFormat.Opaque);

        var output = await callApi.CallAsync(Post, "--OAuth2:Scopes=orders:read", "--ShowToken");

        output.AssertSuccess();
        Assert.Matches(@"^Bearer token, opaque\r?\n  scope granted: orders:read\r?\n  used until: \S+ \S+, expires in \d\d:\d\d:\d\d\r?\n\{", output.StandardOutput);
        Assert.Equal(1, callApi.Server.TokenRequests);
    }

    [Fact]
    public async Task Revoke_AfterRun_RevokesTokenAndCountsNoTokenRequest()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync(Post, $"--OAuth2:RevocationEndpoint={callApi.Server.RevocationEndpoint}", "--Repeat=2", "--Revoke");

        output.AssertFailure(0, "The token was revoked.");
        Assert.Equal(("2", "1"), (output.LastLine["ok"], output.LastLine["token_requests"]));
        Assert.Equal((1, 1, 0), (callApi.Server.TokenRequests, callApi.Server.RevocationRequests, callApi.Server.LiveTokens));
    }

    [Fact]
    public async Task Revoke_NoEndpoint_Exits2BeforeAnyCall()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync("--Revoke");

        output.AssertFailure(2, "OAuth2:RevocationEndpoint");
        Assert.Equal((0, 0), (callApi.Server.TokenRequests, callApi.Server.ApiCalls));
    }
}
