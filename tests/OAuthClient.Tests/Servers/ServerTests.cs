using System.Text.Json;
using Xunit.Sdk;

namespace OAuthClient.Tests.Servers;

/// <summary>
/// The gallery: how real servers, gateways and what stands before them answer, re-made from what is publicly known of them, and what the
/// library makes of it. A further server is a further file in this folder.
/// </summary>
public sealed class ServerTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int FewestFiles = 40;

    public static TheoryData<string> Names => [.. ServerFile.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Server_AnswersAsItsFileSays_CallerSeesWhatTheFileSays(string name) => await ServerPlay.PlayAsync(fixture.Read(name), fixture.Server);

    [Fact]
    public void Gallery_HoldsManyFilesAndNoneWithoutExpectation()
    {
        Assert.InRange(ServerFile.Names.Count, FewestFiles, int.MaxValue);
        foreach (var name in ServerFile.Names)
        {
            var file = fixture.Read(name);
            Assert.NotEmpty(file.Calls);
            Assert.Equal((name, null), (name, file.Calls.Select(call => call.FindGap()).FirstOrDefault(gap => gap is not null)));
            Assert.False(string.IsNullOrWhiteSpace(file.Server) || string.IsNullOrWhiteSpace(file.About), name);
        }
    }

    [Theory]
    [InlineData("""{"Status":200,"ApiRequest":["a"]}""")]
    [InlineData("""{"Status":200,"Status":201}""")]
    public void Expectation_WithANameThatIsNone_IsNotRead(string call) =>
        Assert.Throws<JsonException>(() => ServerFile.Parse($$"""{"Server":"a","About":"b","Calls":[{{call}}],"Mappings":[]}"""));

    /// <summary>Guards against a play that does not look at all that a file says.</summary>
    [Theory]
    [InlineData(nameof(ServerCall.Status))]
    [InlineData(nameof(ServerCall.Body))]
    [InlineData(nameof(ServerCall.Message))]
    [InlineData(nameof(ServerCall.Error))]
    [InlineData(nameof(ServerCall.IsTransient))]
    [InlineData(nameof(ServerCall.RetryAfter))]
    [InlineData(nameof(ServerCall.TokenRequests))]
    [InlineData(nameof(ServerCall.ApiRequests))]
    [InlineData(nameof(ServerCall.Lifetime))]
    [InlineData(nameof(ServerCall.Scope))]
    [InlineData(nameof(ServerCall.Warning))]
    public async Task Expectation_ThatIsWrong_FailsTheTest(string expectation)
    {
        var file = ServerFile.Names.Select(fixture.Read).First(file => file.Calls.Any(call => Break(call, expectation) is not null));

        await Assert.ThrowsAnyAsync<XunitException>(() => ServerPlay.PlayAsync(file with { Calls = [.. file.Calls.Select(call => Break(call, expectation) ?? call)] }, fixture.Server));
    }

    [Fact]
    public async Task Mapping_ThatIsNeverUsed_FailsTheTest()
    {
        var file = fixture.Read(ServerFile.Names[0]);
        var mappings = """[{"Request":{"Path":"/unused"},"Response":{"StatusCode":200}},""" + file.Mappings.GetRawText()[1..];

        await Assert.ThrowsAnyAsync<XunitException>(() => ServerPlay.PlayAsync(file with { Mappings = JsonElement.Parse(mappings) }, fixture.Server));
    }

    /// <summary>Guards against a check for secrets that is deaf.</summary>
    [Theory]
    [InlineData("entra-id-wrong-secret", "AADSTS7000215")]
    [InlineData("api-manager-900909-as-401", "subscription")]
    public async Task Secret_ThatIsShown_FailsTheTest(string name, string shown)
    {
        var file = fixture.Read(name);

        await Assert.ThrowsAnyAsync<XunitException>(() => ServerPlay.PlayAsync(file with { Secrets = [shown] }, fixture.Server));
    }

    // The call with another expectation; null where it has none of that name.
    private static ServerCall? Break(ServerCall call, string expectation) => (expectation, call) switch
    {
        (nameof(call.Status), { Status: { } status }) => call with { Status = status + 1 },
        (nameof(call.Body), { Body: { } body }) => call with { Body = body + "~" },
        (nameof(call.Message), { Message: { } message }) => call with { Message = message + "~" },
        (nameof(call.Error), { Error: { } error }) => call with { Error = error + "~" },
        (nameof(call.IsTransient), { Message: not null }) => call with { IsTransient = !call.IsTransient },
        (nameof(call.RetryAfter), { RetryAfter: { } range }) => call with { RetryAfter = [range[1] + 1, range[1] + 2] },
        (nameof(call.TokenRequests), { TokenRequests.Count: > 0 }) => call with { TokenRequests = [] },
        (nameof(call.ApiRequests), { ApiRequests.Count: > 0 }) => call with { ApiRequests = [.. call.ApiRequests, call.ApiRequests[0]] },
        (nameof(call.Lifetime), { Lifetime: { } lifetime }) => call with { Lifetime = lifetime + 1 },
        (nameof(call.Scope), { Scope: { } scope }) => call with { Scope = scope + "~" },
        (nameof(call.Warning), { Warning: { } warning }) => call with { Warning = warning + "~" },
        _ => null,
    };
}
