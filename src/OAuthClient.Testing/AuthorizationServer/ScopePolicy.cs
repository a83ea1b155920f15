using System.Buffers;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Which of the scopes that a client asks for it gets.</summary>
internal static class ScopePolicy
{
    /// <summary>RFC 6749 section 3.3: printable ASCII without space, quotes and backslashes.</summary>
    private static readonly SearchValues<char> _scopeCharacters =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(static c => (char)c).Where(static c => c is not ('"' or '\\'))]);

    public static string[] Read(IReadOnlyDictionary<string, string> form) =>
        form.GetValueOrDefault("scope", "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).ToArray();

    /// <summary>What the client may have is granted, the rest dropped without a word; nothing left makes <c>default</c>, as on API Manager.</summary>
    public static OAuthError? Grant(OAuth2TestServerOptions options, TestClient client, string[] asked, out IReadOnlyList<string>? granted)
    {
        granted = null;
        if (options.Strict && Array.Find(asked, s => !MayHave(s) || s.AsSpan().IndexOfAnyExcept(_scopeCharacters) >= 0) is { } refused)
            return OAuthError.InvalidScope($"The client '{client.ClientId}' may not have the scope '{refused}'.");
        string[] allowed = [.. asked.Where(MayHave)];
        granted = allowed is [] ? ["default"] : allowed;
        return null;

        bool MayHave(string scope) =>
            scope.StartsWith("device_", StringComparison.Ordinal) ? options.DeviceScopes : client.Scopes.Count is 0 || client.Scopes.Contains(scope);
    }
}
