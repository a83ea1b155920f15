using ModelContextProtocol.Client;

namespace Guides.Tests.Calls;

internal static class McpCalls
{
    public static async Task<IList<McpClientTool>> ListToolsAsync(Uri endpoint, IHttpClientFactory http)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        await using var transport = new HttpClientTransport(new HttpClientTransportOptions { Endpoint = endpoint }, http.CreateClient("orders"));
        await using var client = await McpClient.CreateAsync(transport);
        // END
        return await client.ListToolsAsync();
    }
}
