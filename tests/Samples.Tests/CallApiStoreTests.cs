using System.Security.Cryptography;
using System.Text.RegularExpressions;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>Runs that share their tokens, by the command lines that the README shows.</summary>
public partial class CallApiStoreTests
{
    private const int ClientCredentials = 0;
    private const int Device = 1;
    private const int Password = 2;

    [Fact]
    public void Readme_EachOfItsSharedRuns_IsRunHere() => Assert.Equal(1 + CallApiRedisTests.Redis, CallApiReadme.SharedRuns.Count);

    [Theory]
    [InlineData("a private key: RSA", "--OAuth2:PrivateKeyFile=orders.pem")]
    [InlineData("a certificate", "--OAuth2:ClientCertificateFile=orders.pem")]
    [InlineData("further headers beside the token", "--OAuth2:CredentialHeaders:Subscription-Key=<key>")]
    public async Task ClientCredentials_TwoRuns_AskForOneToken(string label, string arguments)
    {
        var way = Way.Find(label);
        if (way.UsesTls && !OperatingSystem.IsLinux())
            return;
        await using var callApi = await way.StartAsync();

        var first = await RunAsync(callApi, ClientCredentials, arguments);
        var second = await RunAsync(callApi, ClientCredentials, arguments);

        first.AssertSuccess();
        second.AssertSuccess();
        Assert.Equal((1, 2), (callApi.Server.TokenRequests, callApi.Server.ApiCalls));
        callApi.AssertSealed(Entries(callApi));
    }

    [Fact]
    public async Task ClientCredentials_TwoRunsAtATime_AskForOneToken()
    {
        await using var callApi = await StartAsync();
        callApi.Write("store.key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

        var outputs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => RunAsync(callApi, ClientCredentials, "--TokenStoreKeyFile=store.key")));

        Assert.All(outputs, output => output.AssertSuccess());
        Assert.Equal((1, 2), (callApi.Server.TokenRequests, callApi.Server.ApiCalls));
    }

    [Fact]
    public async Task Run_WithATokenOfTheStore_SaysSo()
    {
        await using var callApi = await StartAsync();

        var first = await RunAsync(callApi, ClientCredentials, "--Repeat=2 --ShowToken");
        var second = await RunAsync(callApi, ClientCredentials, "--Repeat=2 --ShowToken");

        Assert.Equal(("1", "0"), (first.LastLine["token_requests"], second.LastLine["token_requests"]));
        Assert.Contains("  came from: the token endpoint", first.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("  came from: the token store", second.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShowToken_WithoutACall_LeavesTheTokenToTheNextRun()
    {
        await using var callApi = await StartAsync();

        (await RunAsync(callApi, ClientCredentials, "--ShowToken --Url=")).AssertSuccess();
        (await RunAsync(callApi, ClientCredentials, "--ShowToken --Url=")).AssertSuccess();

        Assert.Equal(1, callApi.Server.TokenRequests);
    }

    [Fact]
    public async Task ClientId_Another_HasATokenOfItsOwn()
    {
        await using var callApi = await StartAsync(options => options.Clients.Add(new("machine", CallApiProcess.ClientSecret)));

        var own = await RunAsync(callApi, ClientCredentials);
        var other = await RunAsync(callApi, ClientCredentials, "--OAuth2:ClientId=machine");
        var again = await RunAsync(callApi, ClientCredentials);

        Assert.Equal([CallApiProcess.ClientId, "machine", CallApiProcess.ClientId], new[] { own, other, again }.Select(output => (string?)output.Body["client_id"]));
        Assert.Equal(2, callApi.Server.TokenRequests);
    }

    [Fact]
    public async Task Device_ManyRuns_AskForOneCode()
    {
        var way = Way.Find(Way.Device);
        await using var callApi = await way.StartAsync();

        var first = await RunAsync(callApi, Device);
        var second = await RunAsync(callApi, Device);
        callApi.Server.RevokeAllTokens(keepRefreshTokens: true);
        var third = await RunAsync(callApi, Device);
        var fourth = await RunAsync(callApi, Device);

        Assert.Matches("enter the code", first.StandardError);
        Assert.All(new[] { second, third, fourth }, output => output.AssertSuccess());
        Assert.All(new[] { first, second, third, fourth }, output => Assert.Equal("alice", (string?)output.Body["user"]));
        Assert.Equal(1, callApi.Server.DeviceRequests);
        Assert.Single(callApi.Server.RecordedTokenRequests, request => request.Form["grant_type"] == "refresh_token");
        callApi.AssertSealed(Entries(callApi));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("--OAuth2:ShareTokens=false", 2)]
    public async Task Password_TwoRuns_ShareTheTokenWhereTheClientSaysSo(string arguments, int expected)
    {
        await using var callApi = await StartAsync();

        var first = await RunAsync(callApi, Password, arguments);
        var second = await RunAsync(callApi, Password, arguments);

        Assert.All(new[] { first, second }, output => Assert.Equal("alice", (string?)output.Body["user"]));
        Assert.Equal(expected, callApi.Server.TokenRequests);
        callApi.AssertSealed(Entries(callApi));
    }

    [Fact]
    public async Task Entry_Tampered_CountsForNothing()
    {
        await using var callApi = await StartAsync();
        await RunAsync(callApi, ClientCredentials);
        foreach (var path in Entries(callApi).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)))
        {
            var bytes = await File.ReadAllBytesAsync(path);
            bytes[^20] ^= 1;
            await File.WriteAllBytesAsync(path, bytes);
        }

        var output = await RunAsync(callApi, ClientCredentials, "--Verbose");

        output.AssertFailure(0, "An entry of the token store counts for nothing");
        Assert.Equal(2, callApi.Server.TokenRequests);
        (await RunAsync(callApi, ClientCredentials)).AssertSuccess();
        Assert.Equal(2, callApi.Server.TokenRequests);
    }

    [Fact]
    public async Task Folder_NotWritable_IsToldOfAndTheCallMade()
    {
        await using var callApi = await StartAsync();
        callApi.Write("file", "");

        var output = await RunAsync(callApi, ClientCredentials, "--TokenStore=file:file/tokens --TokenStoreKeyFile=key --Verbose");

        output.AssertFailure(0, "The token store is left alone for a while");
        Assert.Equal("/api/orders", (string?)output.Body["path"]);
        Assert.Equal(1, callApi.Server.TokenRequests);
    }

    [Fact]
    public async Task Revoke_TokenOfTheStore_LeavesNoneToTheNextRun()
    {
        await using var callApi = await StartAsync();
        await RunAsync(callApi, ClientCredentials);

        var revoking = await RunAsync(callApi, ClientCredentials, $"--Revoke --OAuth2:RevocationEndpoint={callApi.Server.RevocationEndpoint}");
        var next = await RunAsync(callApi, ClientCredentials);

        revoking.AssertFailure(0, "The token was revoked.");
        next.AssertSuccess();
        Assert.Equal((2, 1), (callApi.Server.TokenRequests, callApi.Server.RevocationRequests));
        Assert.Single(callApi.Server.RecordedApiCalls, call => call.StatusCode == 401 || call.Headers["Authorization"] == callApi.Server.RecordedApiCalls[2].Headers["Authorization"]);
    }

    internal static Task<CallApiProcess> StartAsync(Action<OAuth2TestServerOptions>? configure = null) => CallApiProcess.StartAsync(options =>
    {
        options.EncodedBasic = true;
        configure?.Invoke(options);
    });

    /// <summary>The README's command line, and what is to be added to it.</summary>
    internal static Task<Output> RunAsync(CallApiProcess callApi, int line, string arguments = "")
    {
        var (variable, value, command) = CommandLine().Match(CallApiReadme.SharedRuns[line]) is { Success: true } match
            ? (match.Groups["variable"].Value, match.Groups["value"].Value, match.Groups["arguments"].Value)
            : throw new FormatException(CallApiReadme.SharedRuns[line]);
        if (variable.Length > 0)
            callApi.Variables[variable] = value.Replace("<password>", CallApiProcess.Password, StringComparison.Ordinal);
        callApi.Variables["HOME"] = callApi.WorkingDirectory;
        return callApi.RunAsync(CallApiReadme.Split(Way.Replace(callApi, $"{command} {arguments}")));
    }

    /// <summary>All files of the folder that the README names, but for the key.</summary>
    internal static string[] Entries(CallApiProcess callApi) => [.. Directory.EnumerateFiles(Folder(callApi)).Where(path => Path.GetFileName(path) != "key")];

    internal static string Folder(CallApiProcess callApi) => Path.Combine(callApi.WorkingDirectory, ".callapi");

    [GeneratedRegex(@"^((?<variable>\w+)=(?<value>\S+) )?callapi (?<arguments>.+)$")]
    private static partial Regex CommandLine();
}
