using System.Text.Json;
using System.Text.Json.Nodes;

namespace OAuthClient.OpenApi;

// A header that carries a key, by the name of the scheme that has it. IsNeeded: The document lets no call do without.
internal sealed record ApiKeyScheme(string Name, string Header, bool IsNeeded);

// Scopes: None where the operation needs none, or no token.
internal sealed record ApiOperation(string Method, string Path, string[] Scopes);

// What a client needs to know of a document. Throws DocumentException where that is wrong.
internal sealed class ApiDocument
{
    private readonly IDictionary<string, IOpenApiExtension>? _extensions;
    private readonly Dictionary<string, SecuritySchemeType?> _types;

    public ApiDocument(string name, OpenApiDocument document)
    {
        Name = name;
        _extensions = document.Extensions;
        TokenHeader = ReadHeader("x-wso2-auth-header");
        ApiKeyHeader = ReadHeader("x-wso2-api-key-header");
        Servers = [.. (document.Servers ?? []).Select(server => server.Url).OfType<string>()];
        BasePaths = [.. Servers.Select(Placeholder.GetPath).Append(ReadText(_extensions, "x-wso2-basePath")).OfType<string>().Where(path => !Placeholder.HasVariable(path))];

        var schemes = (document.Components?.SecuritySchemes ?? new Dictionary<string, IOpenApiSecurityScheme>()).Where(scheme => scheme.Value is not OpenApiSecuritySchemeReference { Reference.IsExternal: true }).ToArray();
        _types = schemes.ToDictionary(scheme => scheme.Key, scheme => scheme.Value.Type, StringComparer.Ordinal);
        TokenUrls = [.. schemes.Where(scheme => scheme.Value.Type == SecuritySchemeType.OAuth2).Select(scheme => scheme.Value.Flows?.ClientCredentials?.TokenUrl ?? scheme.Value.Flows?.Password?.TokenUrl ?? scheme.Value.Flows?.AuthorizationCode?.TokenUrl).OfType<Uri>()];

        var demands = new List<IList<OpenApiSecurityRequirement>>();
        Operations = [.. ReadOperations(document, demands)];
        if (Operations.Count == 0 && document.Security is { Count: > 0 } root)
            demands.Add(root);
        ApiKeys = [.. schemes.Where(scheme => scheme.Value is { Type: SecuritySchemeType.ApiKey, In: ParameterLocation.Header, Name.Length: > 0 } && !Placeholder.HasVariable(scheme.Value.Name))
            .Select(scheme => new ApiKeyScheme(scheme.Key, scheme.Value.Name!, demands.Count > 0 && demands.TrueForAll(demand => demand.All(way => way.Keys.Any(used => used.Reference.Id == scheme.Key)))))];
    }

    public string Name { get; }
    public string? TokenHeader { get; }
    public string? ApiKeyHeader { get; }
    public IReadOnlyList<ApiKeyScheme> ApiKeys { get; }
    public IReadOnlyList<Uri> TokenUrls { get; }
    public IReadOnlyList<string> Servers { get; }
    public IReadOnlyList<string> BasePaths { get; }
    public IReadOnlyList<ApiOperation> Operations { get; }

    private IEnumerable<ApiOperation> ReadOperations(OpenApiDocument document, List<IList<OpenApiSecurityRequirement>> demands)
    {
        foreach (var (path, item) in document.Paths ?? [])
        {
            foreach (var (method, operation) in item.Operations ?? [])
            {
                var isOpen = IsOpen(_extensions) || IsOpen(item.Extensions) || IsOpen(operation.Extensions);
                var security = isOpen ? null : operation.Security ?? document.Security;
                if (security is { Count: > 0 })
                    demands.Add(security);
                var scopes = FindScopes(security);
                if (Array.Find(scopes, scope => !OAuth2ClientOptionsValidator.IsScopeToken(scope)) is { } wrong)
                    throw new DocumentException(Name, $"is wrong at #/paths/{path.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}/{method.Method.ToLowerInvariant()}/security: it holds the scope '{SafeText.Shorten(wrong)}', and a scope is made of printable ASCII characters other than space, quote and backslash. Give each an entry of its own.");
                yield return new ApiOperation(method.Method, path, scopes);
            }
        }
    }

    // Those of the first way in that takes a token. Developer portals rename the scheme and leave operations with the old name, so one that is nowhere
    // declared takes a token where it has scopes.
    private string[] FindScopes(IList<OpenApiSecurityRequirement>? security)
    {
        foreach (var way in security ?? [])
        {
            var tokens = way.Where(used => _types.GetValueOrDefault(used.Key.Reference.Id ?? "") is var type && (type is SecuritySchemeType.OAuth2 or SecuritySchemeType.OpenIdConnect || (type is null && used.Value.Count > 0))).ToArray();
            if (tokens.Length > 0)
                return [.. tokens.SelectMany(used => used.Value).Where(scope => scope.Length > 0).Distinct(StringComparer.Ordinal)];
        }

        return [];
    }

    private static bool IsOpen(IDictionary<string, IOpenApiExtension>? extensions) =>
        (Read(extensions, "x-wso2-disable-security") is JsonValue value && value.TryGetValue<bool>(out var isOpen) && isOpen)
        || (Read(extensions, "x-auth-type") is JsonValue type && type.TryGetValue<string>(out var text) && text.Equals("None", StringComparison.OrdinalIgnoreCase));

    private string? ReadHeader(string extension) => ReadText(_extensions, extension) is { } header && !Placeholder.HasVariable(header) ? header : null;

    private string? ReadText(IDictionary<string, IOpenApiExtension>? extensions, string name) => Read(extensions, name) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim(' '),
        var other => throw new DocumentException(Name, $"is wrong at #/{name}: it must be text, but is {SafeText.Shorten(other.ToJsonString())}. Correct it there, or export the document anew."),
    };

    private static JsonNode? Read(IDictionary<string, IOpenApiExtension>? extensions, string name) =>
        extensions?.TryGetValue(name, out var extension) == true && extension is JsonNodeExtension { Node: var node } && node.GetValueKind() != JsonValueKind.Null && !node.IsJsonNullSentinel() ? node : null;
}
