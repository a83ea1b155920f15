using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Server;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class McpCallsTests
{
    [Fact]
    public async Task Client_OverTheHttpClient_BringsTheToken()
    {
        List<string> headers = [];
        await using var server = await OAuth2TestServer.StartAsync();
        await using var api = await Loopback.StartApiAsync(services => services.AddMcpServer().WithHttpTransport().WithTools<Tools>(), app => app.MapMcp(), headers);
        var builder = Loopback.CreateBuilder(server, ("OAuth2:BaseAddress", api.Urls.Single()));
        Registration.Register(builder);
        using var host = builder.Build();

        var tools = await McpCalls.ListToolsAsync(new Uri(api.Urls.Single()), host.Services.GetRequiredService<IHttpClientFactory>()).WaitAsync(Loopback.Patience);

        Assert.Equal("find_order", Assert.Single(tools).Name);
        await Loopback.AssertAllBroughtTheToken(host.Services, headers);
    }

    [McpServerToolType]
    private sealed class Tools
    {
        [McpServerTool(Name = "find_order")]
        public static string Find(int id) => $"order {id}";
    }
}
