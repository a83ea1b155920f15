using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>Every way of getting a token, and of sending it.</summary>
public class CallApiTokenTests
{
    [Fact]
    public async Task ClientCredentials_ByBasic_PrintsBody()
    {
        await using var callApi = await CallApiProcess.StartAsync(options => options.EncodedBasic = true);

        var output = await callApi.CallAsync("--OAuth2:Scopes=orders:read orders:write");

        output.AssertSuccess();
        Assert.Equal(("GET", "/api/orders", "orders-app", "orders:read orders:write"), ((string?)output.Body["method"], (string?)output.Body["path"], (string?)output.Body["client_id"], (string?)output.Body["scope"]));
        Assert.StartsWith("Basic ", Assert.Single(callApi.Server.RecordedTokenRequests).Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal("*/*", Assert.Single(callApi.Server.RecordedApiCalls).Headers["Accept"]);
    }

    [Fact]
    public async Task ClientCredentials_ByPost_PrintsBody()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync("--OAuth2:ClientAuthenticationMethod=client_secret_post");

        output.AssertSuccess();
        var request = Assert.Single(callApi.Server.RecordedTokenRequests);
        Assert.Equal(CallApiProcess.ClientSecret, request.Form["client_secret"]);
        Assert.False(request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task ClientCredentials_SecretFromFile_PrintsBody()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Variables.Remove("OAuth2__ClientSecret");
        await File.WriteAllTextAsync(Path.Combine(callApi.WorkingDirectory, "secret"), CallApiProcess.ClientSecret + "\n");

        var output = await callApi.CallAsync("--OAuth2:ClientAuthenticationMethod=ClientSecretPost", "--OAuth2:ClientSecretFile=secret");

        output.AssertSuccess();
    }

    [Fact]
    public async Task Password_TokenRevokedDuringRun_IsRefreshed()
    {
        CallApiProcess? started = null;
        await using var callApi = started = await CallApiProcess.StartAsync(options => options.Api = context =>
        {
            if (started!.Server.ApiCalls == 10)
                started.Server.RevokeAllTokens(keepRefreshTokens: true);
            return Task.CompletedTask;
        });
        callApi.Variables["OAuth2__Password"] = CallApiProcess.Password;

        var output = await callApi.CallAsync(
            "--OAuth2:GrantType=password", "--OAuth2:Username=alice", "--OAuth2:ClientAuthenticationMethod=ClientSecretPost", "--Repeat=20");

        output.AssertSuccess();
        Assert.Equal(("200:20", "2"), (output.LastLine["statuses"], output.LastLine["token_requests"]));
        Assert.Equal(["password", "refresh_token"], callApi.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
    }

    [Theory]
    [InlineData("X-Api-Token", "Bearer")]
    [InlineData("X-Api-Token", "Token")]
    [InlineData("X-Api-Token", "")]
    [InlineData("Authorization", "")]
    public async Task Header_OfAnotherNameOrScheme_CarriesToken(string name, string scheme)
    {
        await using var callApi = await CallApiProcess.StartAsync(options => (options.HeaderName, options.HeaderScheme) = (name, scheme));

        var output = await callApi.CallAsync(
            "--OAuth2:ClientAuthenticationMethod=ClientSecretPost", $"--OAuth2:HeaderName={name}", $"--OAuth2:HeaderScheme={scheme}");

        output.AssertSuccess();
    }

    [Fact]
    public async Task ApiKey_BesideToken_IsSent()
    {
        await using var callApi = await CallApiProcess.StartAsync(options => (options.ApiKeyHeaderName, options.ApiKey) = ("api-key", "chk_1"));

        var output = await callApi.CallAsync("--OAuth2:ClientAuthenticationMethod=ClientSecretPost", "--OAuth2:ApiKeyHeaderName=api-key", "--OAuth2:ApiKey=chk_1");

        output.AssertSuccess();
    }

    [Fact]
    public async Task WrongSecret_OneCall_Exits3AndNamesSettings()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Variables["OAuth2__ClientSecret"] = CallApiProcess.WrongSecret;

        var output = await callApi.CallAsync();

        output.AssertFailure(3, "invalid_client", "ClientId", "ClientSecret");
        Assert.Empty(output.StandardOutput);
        Assert.Equal(0, callApi.Server.ApiCalls);
    }

    [Fact]
    public async Task WrongSecret_Run_PrintsLastLineAndExits3()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Variables["OAuth2__ClientSecret"] = CallApiProcess.WrongSecret;

        var output = await callApi.CallAsync("--Repeat=500", "--Concurrency=8", "--ShowToken");

        output.AssertFailure(3, "500 of 500 calls failed", "invalid_client", "ClientSecret");
        Assert.Equal(("500", "0", "no_token:500"), (output.LastLine["calls"], output.LastLine["ok"], output.LastLine["statuses"]));
        Assert.Equal(output.LastLine["token_requests"], $"{callApi.Server.TokenRequests}");
        Assert.InRange(callApi.Server.TokenRequests, 1, 3);
        Assert.Equal(0, callApi.Server.ApiCalls);
    }

    [Fact]
    public async Task WrongPassword_Run_Exits3AndDoesNotLockAccount()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Variables["OAuth2__Password"] = CallApiProcess.WrongPassword;

        var output = await callApi.CallAsync(
            "--OAuth2:GrantType=password", "--OAuth2:Username=alice", "--OAuth2:ClientAuthenticationMethod=ClientSecretPost", "--Repeat=500", "--Concurrency=8");

        output.AssertFailure(3, "invalid_grant", "Username", "Password");
        Assert.Equal("no_token:500", output.LastLine["statuses"]);
        Assert.False(callApi.Server.Options.Users[0].IsLocked);
    }

    [Fact]
    public async Task TokenEndpoint_UnknownHost_Exits3AndNamesSetting()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync("--OAuth2:TokenEndpoint=https://no-such-host.invalid/oauth2/token");

        output.AssertFailure(3, "no-such-host.invalid", "Check TokenEndpoint");
    }

    [Fact]
    public async Task TokenEndpoint_IsAPage_Exits3AndNamesSetting()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.CallAsync($"--OAuth2:TokenEndpoint={callApi.Server.BaseAddress}login");

        output.AssertFailure(3, "404", "TokenEndpoint");
    }
}
