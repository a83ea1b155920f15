using OAuthClient.Redis.Tests.Engines;

namespace Samples.Tests;

/// <summary>Runs that share their tokens through Redis, by the command line that the README shows.</summary>
public class CallApiRedisTests
{
    internal const int Redis = 3;

    [Theory]
    [InlineData("")]
    [InlineData("--ShowToken --Url=")]
    public async Task Redis_TwoRuns_AskForOneToken(string arguments)
    {
        await using var engine = await EngineProcess.StartGarnetAsync(null, "--auth", "Password", "--password", CallApiProcess.Password);
        await using var callApi = await CallApiStoreTests.StartAsync();
        arguments += $" --TokenStore=redis:{engine.Address},password={CallApiProcess.Password}";

        (await CallApiStoreTests.RunAsync(callApi, Redis, arguments)).AssertSuccess();
        (await CallApiStoreTests.RunAsync(callApi, Redis, arguments)).AssertSuccess();

        Assert.Equal(1, callApi.Server.TokenRequests);
    }

    [Fact]
    public async Task Redis_KeyThatAnotherMachineMade_OpensNothing()
    {
        await using var engine = await EngineProcess.StartGarnetAsync();
        await using var callApi = await CallApiStoreTests.StartAsync();

        (await CallApiStoreTests.RunAsync(callApi, Redis, $"--TokenStore=redis:{engine.Address}")).AssertSuccess();
        (await CallApiStoreTests.RunAsync(callApi, Redis, $"--TokenStore=redis:{engine.Address} --TokenStoreKeyFile=other.key")).AssertSuccess();

        Assert.Equal(2, callApi.Server.TokenRequests);
    }

    [Fact]
    public async Task Redis_NotThere_IsToldOfAndTheCallMade()
    {
        await using var callApi = await CallApiStoreTests.StartAsync();

        var output = await CallApiStoreTests.RunAsync(callApi, Redis, $"--TokenStore=redis:127.0.0.1:1 --Verbose");

        output.AssertFailure(0, "The token store is left alone for a while");
        Assert.Equal((1, 1), (callApi.Server.TokenRequests, callApi.Server.ApiCalls));
    }
}
