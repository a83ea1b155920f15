namespace Samples.Tests;

/// <summary>Where settings come from, and what is said of wrong ones.</summary>
public class CallApiConfigurationTests
{
    [Theory]
    [InlineData("--profile", "Bijira")]
    [InlineData("--profile", "choreo")]
    [InlineData("--profile=DEVANT")]
    [InlineData("--Profile=ApiManager")]
    [InlineData("-p", "IdentityServer")]
    [InlineData("--profile=Asgardeo")]
    public async Task Profile_CompletedWithCredentialsAndEndpoint_Calls(params string[] profile)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync([.. profile, $"--OAuth2:RevocationEndpoint={callApi.Server.RevocationEndpoint}"]);

        output.AssertSuccess();
        var isAsgardeo = profile[^1].EndsWith("Asgardeo", StringComparison.Ordinal);
        Assert.Equal(isAsgardeo, Assert.Single(callApi.Server.RecordedTokenRequests).Form.ContainsKey("client_secret"));
    }

    [Fact]
    public async Task Profile_FromEnvironmentAndWorkingDirectory_IsUsed()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Variables["PROFILE"] = "mine";
        await File.WriteAllTextAsync(Path.Combine(callApi.WorkingDirectory, "appsettings.json"), """{ "Url": "nowhere", "Repeat": 7 }""");
        await File.WriteAllTextAsync(Path.Combine(callApi.WorkingDirectory, "appsettings.Mine.json"), $$"""
            {
              // A comment is fine.
              "Url": "items",
              "OAuth2": { "Provider": "Bijira", "TokenEndpoint": "{{callApi.Server.TokenEndpoint}}", "ClientId": "someone", "BaseAddress": "{{callApi.Server.ApiBaseAddress}}", },
            }
            """);
        callApi.Variables["OAuth2__ClientId"] = "someone else";

        var output = await callApi.RunAsync("--OAuth2:ClientId", CallApiProcess.ClientId);

        output.AssertSuccess();
        Assert.Equal("7", output.LastLine["ok"]);
        Assert.Equal("/api/items", callApi.Server.RecordedApiCalls[0].Path);
    }

    [Fact]
    public async Task Profile_Unknown_Exits2AndListsThoseThatExist()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync("--profile=Auth0");

        output.AssertFailure(2, "'Auth0'", "ApiManager, Asgardeo, Bijira, Choreo, Devant, IdentityServer");
    }

    [Fact]
    public async Task Profile_AsgardeoWithoutOrganization_Exits2AndNamesIt()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunAsync("--profile=Asgardeo", "--OAuth2:ClientId=a", "--Url=https://api.example/");

        output.AssertFailure(2, "Organization is not set");
    }

    [Fact]
    public async Task Connection_FromEnvironment_FillsInEverything()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Variables.Clear();
        callApi.Variables["CHOREO_ORDERS_SERVICEURL"] = callApi.Server.ApiBaseAddress.AbsoluteUri.TrimEnd('/');
        callApi.Variables["CHOREO_ORDERS_CONSUMERKEY"] = CallApiProcess.ClientId;
        callApi.Variables["CHOREO_ORDERS_CONSUMERSECRET"] = CallApiProcess.ClientSecret;
        callApi.Variables["CHOREO_ORDERS_TOKENURL"] = callApi.Server.TokenEndpoint.AbsoluteUri;

        var output = await callApi.RunAsync("--OAuth2:Connection=ORDERS", "--Url=orders/1");

        output.AssertSuccess();
        Assert.Equal("/api/orders/1", Assert.Single(callApi.Server.RecordedApiCalls).Path);
    }

    [Fact]
    public async Task Clients_FromFileAndEnvironment_AreFurtherClients()
    {
        var way = Way.Find("another token for another client's");
        await using var callApi = await way.StartAsync();
        callApi.Write("appsettings.json", $$"""
            {
              "OAuth2": { "GrantType": "urn:ietf:params:oauth:grant-type:token-exchange", "SubjectTokenClient": "machine" },
              "Clients": { "machine": { "TokenEndpoint": "{{callApi.Server.TokenEndpoint}}", "ClientId": "machine" } }
            }
            """);
        callApi.Variables["Clients__machine__ClientSecret"] = Way.MachineSecret;

        var output = await callApi.CallAsync();

        way.AssertTaken(callApi, output);
    }

    [Theory]
    [InlineData("--OAuth2:ClientId=", "ClientId is not set")]
    [InlineData("--OAuth2:TokenEndpoint=http://idp.example/oauth2/token", "TokenEndpoint must be an absolute https URI, but is 'http://idp.example/oauth2/token'")]
    [InlineData("--OAuth2:TokenEndpoint=idp", "OAuth2:TokenEndpoint must be an absolute URI")]
    [InlineData("--OAuth2:ClientSecrt=canary-wrong-secret", "OAuth2:ClientSecrt", "did you mean ClientSecret?")]
    [InlineData("--Url=http://api.example/orders", "Url must be an https address", "AllowInsecureHttp")]
    [InlineData("--Url=localhost:5000/orders", "Url must start with https://")]
    [InlineData("--Url=orders", "OAuth2:BaseAddress")]
    [InlineData("--Url=", "Url is not set")]
    [InlineData("--OAuth2:BaseAddress=https://api.example", "was not called", "AllowedOrigins")]
    [InlineData("--Repaet=5", "--Repaet", "did you mean --Repeat?")]
    [InlineData("--ClientSecret=canary-wrong-secret", "did you mean --OAuth2:ClientSecret?")]
    [InlineData("--Repeat=many", "Repeat must be a whole number from 1", "'many'")]
    [InlineData("--Repeat=0", "Repeat must be a whole number from 1")]
    [InlineData("--Seconds=0", "Seconds must be a number above 0")]
    [InlineData("--Seconds=NaN", "Seconds must be a number above 0")]
    [InlineData("--Concurrency=1025", "Concurrency must be a whole number from 1 to 1024")]
    [InlineData("--Concurrency=4", "Set Repeat or Seconds too")]
    [InlineData("--Repeat", "--Repeat needs a value")]
    [InlineData("--Revoke=maybe", "Revoke must be true or false")]
    [InlineData("--Method=GET IT", "Method must be one word")]
    [InlineData("--Body=@missing.json", "Body names a file that cannot be read", "missing.json")]
    [InlineData("--ContentType=json", "ContentType must be a media type")]
    public async Task Setting_Wrong_Exits2AndNamesIt(string argument, params string[] says)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync(argument);

        output.AssertFailure(2, says);
        Assert.Empty(output.StandardOutput);
        Assert.Equal((0, 0), (callApi.Server.TokenRequests, callApi.Server.ApiCalls));
    }

    [Fact]
    public async Task Argument_WithoutKey_Exits2AndIsNotRepeated()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunAsync("--OAuth2:ClientSecret", "first word,", CallApiProcess.WrongSecret);

        output.AssertFailure(2, "Argument 3");
    }

    [Fact]
    public async Task AppSettings_NotJson_Exits2AndNamesFile()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(callApi.WorkingDirectory, "appsettings.json"), "{ \"Url\" }");

        var output = await callApi.CallAsync();

        output.AssertFailure(2, "appsettings.json");
    }

    [Fact]
    public async Task Verbose_WrongSecret_LogsWarningToStandardError()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Variables["OAuth2__ClientSecret"] = CallApiProcess.WrongSecret;

        var output = await callApi.CallAsync("--Verbose");

        output.AssertFailure(3, "warn: OAuthClient[2]");
        Assert.Empty(output.StandardOutput);
    }

    [Fact]
    public async Task Help_Asked_PrintsUsage()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunAsync("--help");

        output.AssertSuccess();
        Assert.Contains("-H, --header <line>", output.StandardOutput, StringComparison.Ordinal);
    }
}
