using System.Text.RegularExpressions;

namespace OAuthClient.Http;

// What an API says in its WWW-Authenticate headers (RFC 9110 §11.6.1).
internal static partial class Challenges
{
    public static string? Find(HttpResponseMessage response, string name) => response.Headers.WwwAuthenticate
        .SelectMany(challenge => Parameters().Matches(challenge.Parameter ?? ""))
        .FirstOrDefault(match => match.Groups["name"].Value.Equals(name, StringComparison.OrdinalIgnoreCase))?.Groups["value"].Value;

    // True where it names that error (RFC 6750 §3.1, RFC 9449 §7.1).
    public static bool Names(HttpResponseMessage response, string error) => Find(response, "error") == error;

    // Those scopes of the allowed ones that a 403 asks for and the token has not; null where there are none.
    public static string[]? FindScopes(HttpResponseMessage response, IReadOnlyList<string> allowed, IReadOnlyList<string> present) =>
        allowed.Count > 0 && response.StatusCode == HttpStatusCode.Forbidden && Names(response, "insufficient_scope")
        && (Find(response, "scope") ?? "").Split(' ').Intersect(allowed, StringComparer.Ordinal).Except(present, StringComparer.Ordinal).ToArray() is { Length: > 0 } missing ? missing : null;

    // Where an API says more of itself (RFC 9728 §5.1): told, and never followed, since anybody may have written it.
    public static string DescribeMetadata(HttpResponseMessage response) =>
        Find(response, "resource_metadata") is { } address ? $"; its resource_metadata is '{SafeText.ShowAddress(address)}'" : "";

    [GeneratedRegex("""(?<=^|[\s,])(?<name>\w+)\s*=\s*(?:"(?<value>[^"]*)"|(?<value>[^\s,]+))""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Parameters();
}
