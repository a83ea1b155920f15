using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>A token request of a client that has been let in.</summary>
internal sealed record GrantRequest(TestIssuer Issuer, TestClient Client, IReadOnlyDictionary<string, string> Form, IFormCollection Fields)
{
    /// <summary>A parameter; one without a value counts as left out (RFC 6749 section 3.2).</summary>
    public string? this[string name] => Form.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>The values of a parameter that may be repeated.</summary>
    public IEnumerable<string> All(string name) => Fields[name].Where(static v => !string.IsNullOrEmpty(v))!;

    /// <summary>Whether a parameter is an absolute URI without a fragment, as RFC 6749 section 3.1.2 and RFC 8693 section 2.1 want it.</summary>
    public static bool IsTarget(string value) =>
        // A path that begins with a slash counts as absolute, too, where files are named so.
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && value.StartsWith($"{uri.Scheme}:", StringComparison.OrdinalIgnoreCase) && !value.Contains('#', StringComparison.Ordinal);

    public static OAuthError Missing(string name) => OAuthError.InvalidRequest($"The parameter '{name}' is missing or empty.");
}
