using System.Text;
using System.Text.Json.Nodes;
using Microsoft.OpenApi.YamlReader;
using SharpYaml.Serialization;

namespace OAuthClient.OpenApi;

// A document's text as a tree, and of that tree what a client needs.
internal static class DocumentText
{
    private static readonly string[] _openings = ["x-wso2-disable-security", "x-auth-type"];
    private static readonly string[] _rootParts =
    [
        "openapi", "swagger", "host", "basePath", "schemes", "servers", "security", "securityDefinitions", "components", "paths", "x-wso2-auth-header", "x-wso2-api-key-header", "x-wso2-basePath", .. _openings,
    ];

    private static readonly string[] _operationParts = ["security", .. _openings];
    private static readonly string[] _methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
    private static readonly string[] _pathParts = ["$ref", .. _methods, .. _openings];

    // Both readers stop at a depth of 64. Throws JsonException or YamlException, and others where aliases make the tree too large.
    public static JsonNode? Parse(byte[] document)
    {
        var text = document.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? document.AsSpan(Encoding.UTF8.Preamble.Length) : document;
        var start = text.TrimStart(" \t\r\n"u8);
        return start is [(byte)'{' or (byte)'[', ..] ? JsonNode.Parse(text) : ParseYaml(Encoding.UTF8.GetString(text));
    }

    // Takes away what no client needs, which is most of a document, and may be wrong, refer to other documents or have addresses that are none.
    public static void Trim(JsonObject root)
    {
        Keep(root, _rootParts);
        if (root["host"] is JsonValue host && host.TryGetValue<string>(out var name) && Placeholder.HasVariable(name))
            root.Remove("host");
        root["info"] = new JsonObject { ["title"] = "", ["version"] = "" };
        Keep(root["components"], ["securitySchemes", "pathItems"]);
        TrimSchemes(root["securityDefinitions"]);
        TrimSchemes((root["components"] as JsonObject)?["securitySchemes"]);
        foreach (var item in Values(root["paths"]).Concat(Values((root["components"] as JsonObject)?["pathItems"])))
        {
            Keep(item, _pathParts);
            foreach (var method in _methods)
                Keep((item as JsonObject)?[method], _operationParts);
        }
    }

    private static JsonNode? ParseYaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Count == 0 ? null : stream.Documents[0].ToJsonNode();
    }

    private static void TrimSchemes(JsonNode? schemes)
    {
        foreach (var scheme in Values(schemes).OfType<JsonObject>())
        {
            foreach (var flow in Values(scheme["flows"]).OfType<JsonObject>().Append(scheme))
            {
                foreach (var address in (string[])["authorizationUrl", "refreshUrl", "deviceAuthorizationUrl", "openIdConnectUrl", "oauth2MetadataUrl"])
                    flow.Remove(address);
                if (flow["tokenUrl"] is JsonValue value && value.TryGetValue<string>(out var url) && Placeholder.Read(url) is null)
                    flow.Remove("tokenUrl");
            }
        }
    }

    private static IEnumerable<JsonNode?> Values(JsonNode? node) => node is JsonObject parts ? parts.Select(part => part.Value) : [];

    // What is no object stays as it is, for the reader to say so.
    private static void Keep(JsonNode? node, string[] names)
    {
        if (node is not JsonObject parts)
            return;
        foreach (var name in parts.Select(part => part.Key).Where(name => !names.Contains(name, StringComparer.Ordinal)).ToArray())
            parts.Remove(name);
    }
}
