using System.Text;
using System.Xml.Linq;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>curl's options, by its names.</summary>
public class CallApiCurlTests
{
    private static readonly string _version = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "..", "Directory.Build.props")).Descendants("Version").Single().Value;

    private const string Pretty = "{\n  \"n\": 1.50\n}\n";

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "-X DELETE")]
    [InlineData("DELETE", "-XDELETE")]
    [InlineData("PATCH", "--request patch")]
    [InlineData("POST", "-d tea", "tea", "text/plain; charset=utf-8")]
    [InlineData("POST", "-dtea", "tea", "text/plain; charset=utf-8")]
    [InlineData("PUT", "-X PUT --data tea", "tea", "text/plain; charset=utf-8")]
    [InlineData("POST", "-d {\"n\":1}", "{\"n\":1}", "application/json; charset=utf-8")]
    [InlineData("POST", "-d item=tea -d n=1", "item=tea&n=1", "application/x-www-form-urlencoded")]
    [InlineData("POST", "-d <a/> -H Content-Type:application/xml", "<a/>", "application/xml")]
    [InlineData("POST", "-d <a/> --ContentType=application/xml", "<a/>", "application/xml")]
    public async Task Call_WithMethodAndData_SendsThem(string method, string options, string body = "", string? contentType = null)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallHereAsync(options.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        output.AssertSuccess();
        var call = Assert.Single(callApi.Server.RecordedApiCalls);
        Assert.Equal((method, body, contentType), (call.Method, Encoding.UTF8.GetString(call.Body.Span), call.Headers.GetValueOrDefault("Content-Type")));
    }

    [Fact]
    public async Task Data_OfAFile_IsSentByteForByte()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        byte[] body = [0, 0xFF, (byte)'\r', (byte)'\n'];
        var path = Path.Combine(callApi.WorkingDirectory, "body");
        await File.WriteAllBytesAsync(path, body);

        var output = await callApi.CallHereAsync("-d", $"@{path}");

        output.AssertSuccess();
        Assert.Equal(body, Assert.Single(callApi.Server.RecordedApiCalls).Body.ToArray());
    }

    [Fact]
    public async Task Data_OfStdin_IsSent()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Input = "{\"item\":\"tea\"}";

        var output = await callApi.CallAsync("--OAuth2:ClientAuthenticationMethod=client_secret_post", "-d", "@-");

        output.AssertSuccess();
        Assert.Equal(callApi.Input, Encoding.UTF8.GetString(Assert.Single(callApi.Server.RecordedApiCalls).Body.Span));
    }

    [Fact]
    public async Task Header_Several_AreSentBesideThoseOfTheFile()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Write("appsettings.json", """{ "Headers": [ "X-File: f" ] }""");

        var output = await callApi.CallHereAsync("-H", "X-One: 1", "--header", "X-Two: a: b", "-HX-Three:3", "-H", "Accept: text/xml", "-H", "User-Agent:", "-H", "Content-Language: de");

        output.AssertSuccess();
        var headers = Assert.Single(callApi.Server.RecordedApiCalls).Headers;
        Assert.Equal(("f", "1", "a: b", "3", "text/xml", "de"), (headers["X-File"], headers["X-One"], headers["X-Two"], headers["X-Three"], headers["Accept"], headers["Content-Language"]));
        Assert.DoesNotContain("User-Agent", headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Call_ByItself_SaysWhoCalls()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        await callApi.CallHereAsync();

        Assert.Equal($"callapi/{_version}", Assert.Single(callApi.Server.RecordedApiCalls).Headers["User-Agent"]);
    }

    [Theory]
    [InlineData("-i")]
    [InlineData("--include")]
    [InlineData("--Include=true")]
    [InlineData("-si")]
    public async Task Include_StatusAndHeaders_ComeBeforeTheBody(string option)
    {
        await using var callApi = await CallApiProcess.StartAsync(options => options.Api = context =>
        {
            context.Response.StatusCode = 201;
            context.Response.Headers["X-Answer"] = "yes";
            return context.Response.Body.WriteAsync("body"u8.ToArray()).AsTask();
        });

        var output = await callApi.CallHereAsync(option);

        output.AssertSuccess();
        Assert.StartsWith("HTTP/1.1 201 Created\r\n", output.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Answer: yes\r\n", output.StandardOutput, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nbody", output.StandardOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, 0)]
    [InlineData(400, 4)]
    public async Task Output_AFile_GetsTheBody(int status, int exitCode)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Server.ApiBehavior.FailUntilCleared(status, "{\"n\":1.50}");
        callApi.IsOnTerminal = true;
        var path = Path.Combine(callApi.WorkingDirectory, "answer");

        var output = await callApi.CallHereAsync("-o", path);

        Assert.Equal((exitCode, "", "{\"n\":1.50}"), (output.ExitCode, output.StandardOutput, await File.ReadAllTextAsync(path)));
    }

    [Fact]
    public async Task Output_AFileThatCannotBeWritten_Exits2AndSaysThatTheCallWasMade()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallHereAsync("-o", Path.Combine(callApi.WorkingDirectory, "no", "folder"));

        output.AssertFailure(2, "Output names a file that cannot be written", "The API was called, and answered 200");
    }

    [Theory]
    [InlineData(true, "{\"n\":1.50}", Pretty)]
    [InlineData(false, "{\"n\":1.50}", "{\"n\":1.50}")]
    [InlineData(true, "{\"n\":", "{\"n\":\n")]
    [InlineData(true, "text\n", "text\n")]
    [InlineData(false, "text", "text")]
    public async Task Body_OnATerminalAlone_IsIndented(bool isOnTerminal, string body, string expected)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Server.ApiBehavior.FailUntilCleared(200, body, "text/plain");
        callApi.IsOnTerminal = isOnTerminal;

        var output = await callApi.CallHereAsync();

        Assert.Equal(expected, output.StandardOutput.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(true, "", true)]
    [InlineData(true, "-s", false)]
    [InlineData(false, "", false)]
    [InlineData(false, "-v", true)]
    public async Task Timing_WhereSomebodyLooks_IsShown(bool isOnTerminal, string option, bool isShown)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.IsOnTerminal = isOnTerminal;

        var output = await callApi.CallHereAsync(option.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(isShown, System.Text.RegularExpressions.Regex.IsMatch(output.StandardError, @"(?m)^200 OK, \d+ bytes, \d+ ms, \d+ ms of them for the token\r?$"));
    }

    [Theory]
    [InlineData(true, 404, "", true)]
    [InlineData(true, 404, "-s", false)]
    [InlineData(true, 200, "", false)]
    [InlineData(false, 404, "", false)]
    public async Task Failure_WhereSomebodyLooks_LeadsToTheDoctor(bool isOnTerminal, int status, string option, bool isTold)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Server.ApiBehavior.FailUntilCleared(status, "");
        callApi.IsOnTerminal = isOnTerminal;

        var output = await callApi.CallHereAsync(option.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(isTold, output.StandardError.Contains("callapi doctor, with the same options, looks for the cause step by step.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, 404, "\nGET http")]
    [InlineData(false, 404, "GET http")]
    public async Task Failure_BesideABodyInOnePlace_BeginsALine(bool isMixed, int status, string begins)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Server.ApiBehavior.FailUntilCleared(status, "no end of line");
        callApi.IsMixed = isMixed;

        var output = await callApi.CallHereAsync();

        Assert.StartsWith(begins, output.StandardError.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verbose_ACall_ShowsRequestsAndAnswersWithoutCredentials()
    {
        await using var callApi = await CallApiProcess.StartAsync(options =>
        {
            (options.ApiKeyHeaderName, options.ApiKey) = ("X-Plain-Name", "canary-api-key");
            options.Api = context =>
            {
                context.Response.Headers["X-Echo"] = context.Request.Headers.Authorization;
                context.Response.Headers.SetCookie = "s=canary-cookie";
                return Task.CompletedTask;
            };
        });

        var output = await callApi.CallHereAsync("-v", "--OAuth2:Scopes=read", "--OAuth2:ApiKeyHeaderName=X-Plain-Name", "--OAuth2:ApiKey=canary-api-key", "-H", "X-Session: canary-session", "-H", "X-Tenant: acme");

        Assert.Equal(0, output.ExitCode);
        Assert.Empty(output.StandardOutput);
        Assert.All(
            (string[])["> POST /oauth2/token HTTP/1.1", "> grant_type=client_credentials&scope=read&client_id=orders-app&client_secret=***", "< HTTP/1.1 200 OK (", "> GET /api/orders HTTP/1.1", "> Authorization: Bearer ***", "> X-Plain-Name: ***", "> X-Session: ***", "> X-Tenant: acme", "< X-Echo: Bearer ***", "< Set-Cookie: ***", "< Content-Type: application/json"],
            line => Assert.Contains(line, output.StandardError, StringComparison.Ordinal));
        Assert.DoesNotContain("canary", output.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verbose_ManyCalls_ShowsNone()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallHereAsync("-v", "--Repeat=3");

        output.AssertSuccess();
    }

    [Theory]
    [InlineData("-k", "-k is not for tokens", "--cacert <file>")]
    [InlineData("--insecure", "-k is not for tokens", "--cacert <file>")]
    [InlineData("-u a:canary-wrong-secret", "-u is not there", "OAuth2__ClientSecret")]
    [InlineData("--oauth2-bearer canary", "the section OAuth2 describes")]
    [InlineData("--heder A:b", "--heder is not known; did you mean --header?")]
    [InlineData("--cacrt a", "--cacrt is not known; did you mean --CaCert?")]
    [InlineData("--outpt a", "did you mean --Output?")]
    [InlineData("-V1", "-V is not known; did you mean -v?")]
    [InlineData("-Z", "-Z is not known. Run with --help")]
    [InlineData("-o", "-o needs a value")]
    [InlineData("-H Accept", "Headers must be of the form 'Name: value'")]
    [InlineData("-H Authorization:canary", "The header Authorization is where the token goes", "OAuth2:HeaderName")]
    [InlineData("-H X-Token:canary --OAuth2:HeaderName=x-token", "The header X-Token is where the token goes")]
    [InlineData("-H Content-Length:1", "The header Content-Length is HTTP's own")]
    [InlineData("-H Content-Type:json", "The header Content-Type must be a media type")]
    [InlineData("-m 0", "Timeout must be a number above 0")]
    [InlineData("-x ftp://user:canary@proxy", "Proxy must be an address such as http://proxy.example:3128")]
    [InlineData("--cacert missing.pem", "CaCert must name a file with certificates in PEM", "missing.pem")]
    [InlineData("-o a --Repeat=2", "Output is for the body of one call")]
    [InlineData("https://api.example/", "is a second address")]
    [InlineData("api.example/canary", "is neither an option nor an address, which begins with https://")]
    public async Task Option_Wrong_Exits2AndSaysWhatToDo(string options, params string[] says)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallHereAsync(options.Split(' '));

        output.AssertFailure(2, says);
        Assert.DoesNotContain("canary", output.ToString(), StringComparison.Ordinal);
        Assert.Equal((0, 0), (callApi.Server.TokenRequests, callApi.Server.ApiCalls));
    }

    [Theory]
    [InlineData("--ShowToken")]
    [InlineData("-s")]
    [InlineData("-p Bijira")]
    public async Task Address_WithoutAKey_IsCalled(string before)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunHereAsync([.. before.Split(' '), $"{callApi.Server.ApiBaseAddress}1", $"--OAuth2:TokenEndpoint={callApi.Server.TokenEndpoint}", $"--OAuth2:ClientId={CallApiProcess.ClientId}", "--OAuth2:ClientAuthenticationMethod=client_secret_post"]);

        output.AssertSuccess();
        Assert.Equal("/api/1", Assert.Single(callApi.Server.RecordedApiCalls).Path);
    }

    [Fact]
    public async Task Address_BeginningWithASlash_IsAppendedToBaseAddress()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunHereAsync("/1", $"--OAuth2:BaseAddress={callApi.Server.ApiBaseAddress}", $"--OAuth2:TokenEndpoint={callApi.Server.TokenEndpoint}", $"--OAuth2:ClientId={CallApiProcess.ClientId}", "--OAuth2:ClientAuthenticationMethod=client_secret_post");

        output.AssertSuccess();
        Assert.Equal("/api/1", Assert.Single(callApi.Server.RecordedApiCalls).Path);
    }

    [Fact]
    public async Task MaxTime_ApiThatHangs_Exits4AndNamesTimeout()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Server.ApiBehavior.Hang = true;

        var output = await callApi.CallHereAsync("-m", "0.3");

        output.AssertFailure(4, "had no answer in time", "Timeout");
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 3)]
    public async Task CaCert_OfAServersAuthority_IsTrustedByTokenRequestAndCall(bool isNamed, int exitCode)
    {
        using var authority = TestCertificates.CreateAuthority();
        await using var callApi = await CallApiProcess.StartAsync(options => (options.UseHttps, options.CertificateAuthority) = (true, authority));
        callApi.Write("authority.pem", Way.Pem(authority));

        var output = await callApi.CallHereAsync(isNamed ? ["--cacert", Path.Combine(callApi.WorkingDirectory, "authority.pem")] : []);

        Assert.True(output.ExitCode == exitCode, output.ToString());
    }

    [Fact]
    public async Task Location_ARedirect_IsFollowed()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunHereAsync("-L", $"{callApi.Server.ApiBaseAddress}redirect?to=/api/2&status=307", $"--OAuth2:TokenEndpoint={callApi.Server.TokenEndpoint}", $"--OAuth2:ClientId={CallApiProcess.ClientId}", "--OAuth2:ClientAuthenticationMethod=client_secret_post");

        output.AssertSuccess();
        Assert.Equal(["/api/redirect", "/api/2"], callApi.Server.RecordedApiCalls.Select(call => call.Path));
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    public async Task Version_Asked_IsPrinted(string option)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunHereAsync(option);

        Assert.Equal((0, $"{_version}\n"), (output.ExitCode, output.StandardOutput.ReplaceLineEndings("\n")));
    }

    [Fact]
    public async Task Environment_OfOtherPrograms_SteersNothing()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        foreach (var name in (string[])["INCLUDE", "OUTPUT", "TIMEOUT", "PROXY", "HEADERS", "SILENT"])
            callApi.Variables[name] = "of another program";

        var output = await callApi.CallHereAsync();

        output.AssertSuccess();
    }
}
