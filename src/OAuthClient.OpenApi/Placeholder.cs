namespace OAuthClient.OpenApi;

// What stands in documents where nobody has filled in anything.
internal static class Placeholder
{
    // Names that nobody may have, and the one that API Manager writes.
    private static readonly string[] _hosts = ["example", "example.com", "example.net", "example.org", "test", "invalid", "test.com"];

    public static bool HasVariable(string text) => text.AsSpan().ContainsAny("{}<>");

    // The address, where it is one that somebody may have filled in. Of a 2.0 document without schemes it has none.
    public static Uri? Read(string text) =>
        !HasVariable(text) && Uri.TryCreate(text.StartsWith("//", StringComparison.Ordinal) ? "https:" + text : text, UriKind.Absolute, out var address)
        && address.Scheme is "https" or "http" && Origin.GetHost(address) is { } host && !IsReserved(host) ? address : null;

    // The path of an address that may be relative, or have a variable in its host: "/orders/v1", or "" where it has none.
    public static string GetPath(string address)
    {
        var start = address.IndexOf("//", StringComparison.Ordinal);
        var path = start < 0 ? address : address.IndexOf('/', start + 2) is >= 0 and var slash ? address[slash..] : "";
        return path.Split('?', '#')[0];
    }

    private static bool IsReserved(string host) =>
        Array.Exists(_hosts, reserved => host.Equals(reserved, StringComparison.OrdinalIgnoreCase) || (reserved != "test.com" && host.EndsWith($".{reserved}", StringComparison.OrdinalIgnoreCase)));
}
