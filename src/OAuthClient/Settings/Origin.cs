namespace OAuthClient.Settings;

// Scheme, host and port (RFC 6454); a WebSocket's is that of the https or http request which opens it.
internal sealed class Origin(Uri address)
{
    private readonly string _scheme = GetScheme(address);
    private readonly string _host = address.IdnHost;
    private readonly int _port = address.Port;

    public Uri Address => address;

    // As it is spelt at the start of its addresses.
    public string Text { get; } = address.IdnHost.Contains('%', StringComparison.Ordinal)
        // The zone of an IPv6 address, which names another machine in each network, is left out of its components.
        ? $"{GetScheme(address)}://[{address.IdnHost}]:{address.Port}"
        : GetScheme(address) + address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)[address.Scheme.Length..];

    public bool Matches(Uri other)
    {
        // The text of an address tells its origin where the origin's own text is followed by the path's slash; reading Host would allocate.
        var text = other.OriginalString;
        if (text.Length > Text.Length && text[Text.Length] == '/' && text.StartsWith(Text, StringComparison.Ordinal))
            return true;
        return other.Port == _port
            && GetScheme(other).Equals(_scheme, StringComparison.OrdinalIgnoreCase)
            && string.Equals(GetHost(other), _host, StringComparison.OrdinalIgnoreCase);
    }

    // The host that would be connected to; null where its name is none, which Uri notices no sooner.
    public static string? GetHost(Uri address)
    {
        try
        {
            return address.IdnHost;
        }
        catch (UriFormatException)
        {
            return null;
        }
    }

    // True for https, for http where it stays on this machine or the user allows it, and for WebSockets that begin so.
    public static bool IsSecure(Uri address, bool allowInsecureHttp) =>
        address.IsAbsoluteUri
        && (GetScheme(address) == Uri.UriSchemeHttps
            || (GetScheme(address) == Uri.UriSchemeHttp && (allowInsecureHttp || address.IsLoopback))
            || IsLogical(address));

    // True for an address such as https+http://orders/, which a service discovery resolves to one that is secure, or else is not called.
    public static bool IsLogical(Uri address) => address is { IsAbsoluteUri: true, Scheme: "https+http" or "http+https" };

    public override string ToString() => Text;

    private static string GetScheme(Uri address) =>
        address.Scheme == Uri.UriSchemeWss ? Uri.UriSchemeHttps : address.Scheme == Uri.UriSchemeWs ? Uri.UriSchemeHttp : address.Scheme;
}
