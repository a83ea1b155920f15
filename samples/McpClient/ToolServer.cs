using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using OAuthClient.Testing;

/// <summary>A server of one tool, behind a gateway that wants a token: as much of MCP as a client needs to find and call it.</summary>
internal static class ToolServer
{
    public static async Task<OAuth2TestServer> StartAsync(IConfigurationBuilder configuration)
    {
        var server = await OAuth2TestServer.StartAsync(o => o.Api = AnswerAsync);
        configuration.AddInMemoryCollection([
            new("Endpoint", $"{server.ApiBaseAddress}mcp"), new("TokenEndpoint", $"{server.TokenEndpoint}"),
            new("ClientId", OAuth2TestServer.DefaultClientId), new("ClientSecret", OAuth2TestServer.DefaultClientSecret)]);
        return server;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = 405; // It has nothing to tell unasked.
            return;
        }

        var message = (await context.Request.ReadFromJsonAsync<JsonObject>(context.RequestAborted))!;
        if (message["id"] is not { } id)
        {
            context.Response.StatusCode = 202;
            return;
        }

        JsonNode? result = (string?)message["method"] switch
        {
            "initialize" => new JsonObject { ["protocolVersion"] = message["params"]!["protocolVersion"]!.DeepClone(), ["capabilities"] = new JsonObject { ["tools"] = new JsonObject() }, ["serverInfo"] = new JsonObject { ["name"] = "stock", ["version"] = "1" } },
            "tools/list" => JsonNode.Parse("""{"tools":[{"name":"stock","description":"How much of an item there is","inputSchema":{"type":"object","properties":{"item":{"type":"string"}},"required":["item"]}}]}"""),
            "tools/call" => new JsonObject { ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = $"There are 42 of {message["params"]!["arguments"]!["item"]}." }) },
            _ => null,
        };
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id.DeepClone() };
        (answer[result is null ? "error" : "result"]) = result ?? new JsonObject { ["code"] = -32601, ["message"] = "There is no such method." };
        await context.Response.WriteAsJsonAsync(answer, context.RequestAborted);
    }
}
