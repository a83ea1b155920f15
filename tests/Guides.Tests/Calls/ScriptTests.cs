using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class ScriptTests
{
    [Fact]
    public async Task Script_WithoutAContainer_CallsTheApi()
    {
        await using var server = await OAuth2TestServer.StartAsync();

        await Script.RunAsync(Loopback.CreateBuilder(server).Configuration.GetSection("OAuth2"));

        Assert.Equal(("/api/orders/42", 200), (server.RecordedApiCalls.Single().Path, server.RecordedApiCalls.Single().StatusCode));
    }
}
