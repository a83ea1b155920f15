using System.Net;
using System.Text.Json.Nodes;

namespace LocalServer.Tests;

public sealed class PageTests
{
    public static TheoryData<string, int, string> Faults => new()
    {
        { "token-503", 503, "" },
        { "token-secret", 401, "invalid_client" },
        { "token-html", 200, "<html>" },
        { "api-503", 503, "" },
        { "api-429", 429, "" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Fault_SwitchedOnAndOff_IsWhatTheEndpointAnswersMeanwhile(string name, int status, string words)
    {
        await using var running = await Running.StartAsync();
        var token = await running.TokenAsync();
        Task<HttpResponseMessage> Try() => name.StartsWith("api", StringComparison.Ordinal) ? running.CallAsync(token) : running.AskAsync();

        (await running.PostAsync($"faults/{name}")).Dispose();
        using var broken = await Try();
        var on = await running.StateAsync();
        (await running.PostAsync($"faults/{name}")).Dispose();
        using var mended = await Try();

        Assert.Equal(status, (int)broken.StatusCode);
        Assert.Contains(words, await broken.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal([name], on["faults"]!.AsArray().Where(fault => (bool)fault!["on"]!).Select(fault => (string)fault!["name"]!));
        Assert.Equal(HttpStatusCode.OK, mended.StatusCode);
        Assert.DoesNotContain((await running.StateAsync())["faults"]!.AsArray(), fault => (bool)fault!["on"]!);
    }

    [Fact]
    public async Task Fault_OneOfTwoSwitchedOff_LeavesTheOther()
    {
        await using var running = await Running.StartAsync();
        foreach (var name in (string[])["token-slow", "token-503", "token-slow"])
            (await running.PostAsync($"faults/{name}")).Dispose();

        using var answer = await running.AskAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(2)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
    }

    [Fact]
    public async Task Fault_NoAnswer_EndsForThoseWhoWaitWhenItIsSwitchedOff()
    {
        await using var running = await Running.StartAsync();
        (await running.PostAsync("faults/token-hang")).Dispose();
        var asking = running.AskAsync();
        while ((int)(await running.StateAsync())["tokenRequests"]! == 0)
            await Task.Delay(20);
        var waiting = await running.StateAsync();

        (await running.PostAsync("faults/token-hang")).Dispose();
        using var answer = await asking;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Null(waiting["requests"]![0]!["status"]);
    }

    [Fact]
    public async Task Revoke_AllTokens_AreGoneForTheGatewayAndOnThePage()
    {
        await using var running = await Running.StartAsync();
        var token = await running.TokenAsync();

        (await running.PostAsync("revoke")).Dispose();
        using var call = await running.CallAsync(token);
        var shown = (await running.StateAsync())["tokens"]![0]!;

        Assert.Equal(HttpStatusCode.Unauthorized, call.StatusCode);
        Assert.Equal((true, false), ((bool)shown["isRevoked"]!, (bool)shown["isLive"]!));
    }

    [Fact]
    public async Task State_OfTokensAndRequests_HoldsNoSecret()
    {
        await using var running = await Running.StartAsync();
        var token = await running.TokenAsync();
        (await running.CallAsync(token)).Dispose();

        var state = await running.StateAsync();

        Assert.Equal(["API", "token"], state["requests"]!.AsArray().Select(request => (string)request!["of"]!));
        Assert.Equal("test-client, client_credentials", (string)state["requests"]![1]!["by"]!);
        Assert.Single(state["tokens"]!.AsArray());
        Assert.DoesNotContain(token, state.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("test-secret", state.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_OfAClientThatProvesItselfInTheHeader_NameIt()
    {
        await using var running = await Running.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "oauth2/token") { Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]) };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String("test-client:test-secret"u8));
        (await running.Http.SendAsync(request)).EnsureSuccessStatusCode().Dispose();

        Assert.Equal("test-client, client_credentials", (string)(await running.StateAsync())["requests"]![0]!["by"]!);
    }

    [Theory]
    [InlineData("POST", "faults/api-503", "127.0.0.1", false, 403)] // A form of somebody else's page.
    [InlineData("POST", "faults/api-503", "evil.example", true, 403)] // A name of somebody else's that leads here.
    [InlineData("GET", "state", "evil.example", true, 403)]
    [InlineData("GET", "", "evil.example", true, 403)]
    [InlineData("GET", "state", "localhost", true, 200)]
    [InlineData("GET", "nothing", "localhost", true, 404)]
    [InlineData("POST", "faults/nothing", "localhost", true, 404)]
    public async Task Answer_ToAPageOfSomebodyElse_IsNone(string method, string path, string host, bool asThePage, int status)
    {
        await using var running = await Running.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { Host = host } };
        if (asThePage)
            request.Headers.Add("X-LocalServer", "1");

        using var answer = await running.Http.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.DoesNotContain((await running.StateAsync())["faults"]!.AsArray(), fault => (bool)fault!["on"]!);
    }
}
