using System.Web;

namespace OAuthClient.Http;

// What a request carried that must not be repeated, whoever has put it there.
internal static class SentCredentials
{
    // What the names of headers and of fields of a query have in them where the value is a secret.
    private static readonly string[] _words = ["auth", "key", "token", "secret", "cookie", "credential", "password", "session", "signature", "assertion", "jwt", "dpop"];

    // client: Whose call it was, where that is known; it may send credentials under any name.
    public static string[] Find(HttpRequestMessage? request, ClientSettings? client)
    {
        if (request is null)
            return [];
        var found = new List<string>();
        foreach (var header in request.Headers.NonValidated.Where(header => IsSecret(header.Key) || client?.CredentialNames.Contains(header.Key, StringComparer.OrdinalIgnoreCase) == true))
        {
            var hasScheme = header.Key.EndsWith("Authorization", StringComparison.OrdinalIgnoreCase) || header.Key.Equals(client?.HeaderName, StringComparison.OrdinalIgnoreCase);
            foreach (var value in header.Value)
                found.AddRange(Read(value, hasScheme));
        }

        if (request.RequestUri is { IsAbsoluteUri: true } address)
        {
            var fields = HttpUtility.ParseQueryString(address.Query);
            found.AddRange(fields.AllKeys.OfType<string>().Where(IsSecret).SelectMany(name => fields.GetValues(name) ?? []));
            found.Add(Uri.UnescapeDataString(address.UserInfo));
        }

        return [.. found];
    }

    private static bool IsSecret(string name) => Array.Exists(_words, word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    // A scheme is no secret, and its name is a part of what gateways say. Of Basic credentials the password is one of its own.
    private static IEnumerable<string> Read(string value, bool hasScheme)
    {
        var secret = hasScheme ? value.Split(' ', 2)[^1] : value;
        yield return secret;
        var bytes = new byte[secret.Length];
        if (value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) && Convert.TryFromBase64String(secret, bytes, out var length))
            yield return Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2)[^1];
    }
}
