namespace OAuthClient.Http;

/// <summary>
/// The origins (scheme, host, port; RFC 6454) that may see one client's credentials. Grows when a factory's client turns out to have a
/// base address of its own; read without a lock.
/// </summary>
internal sealed class Origins(bool allowInsecureHttp)
{
    private volatile Origin[] _origins = [];
    private Uri? _lastAllowed;

    public bool IsEmpty => _origins.Length == 0;

    public void Add(Uri? address)
    {
        if (address is null || !IsSecure(address, allowInsecureHttp))
            return;
        var origin = new Origin(address);
        Origin[] seen, grown;
        do
        {
            seen = _origins;
            if (Array.Exists(seen, known => known.Matches(address)))
                return;
            grown = [.. seen, origin];
        }
#pragma warning disable CS0420 // The reference is handed to an interlocked operation, which is volatile itself.
        while (Interlocked.CompareExchange(ref _origins, grown, seen) != seen);
#pragma warning restore CS0420
    }

    /// <summary>True where <paramref name="address"/> may see the credentials. Allocates nothing for a known origin that is spelt as usual.</summary>
    public bool Allows(Uri? address)
    {
        if (address is null)
            return false;
        if (ReferenceEquals(address, _lastAllowed))
            return true;
        if (!address.IsAbsoluteUri)
            return false;
        foreach (var origin in _origins)
        {
            if (origin.Matches(address))
            {
                _lastAllowed = address;
                return true;
            }
        }

        return false;
    }

    /// <summary>True for https, and for http where it stays on this machine or the user allows it.</summary>
    public static bool IsSecure(Uri address, bool allowInsecureHttp) =>
        address.IsAbsoluteUri
        && (address.Scheme == Uri.UriSchemeHttps
            || (address.Scheme == Uri.UriSchemeHttp && (allowInsecureHttp || address.IsLoopback)));

    public override string ToString() => string.Join(", ", _origins.Select(origin => origin.ToString()));

    private sealed class Origin(Uri address)
    {
        private readonly string _scheme = address.Scheme;
        private readonly string _host = address.IdnHost;
        private readonly int _port = address.Port;
        private readonly string _prefix = address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

        // The text of an address tells its origin where the origin's own text is followed by the path's slash;
        // reading Host would allocate.
        public bool Matches(Uri other)
        {
            var text = other.OriginalString;
            if (text.Length > _prefix.Length && text[_prefix.Length] == '/' && text.StartsWith(_prefix, StringComparison.Ordinal))
                return true;
            return other.Port == _port
                && other.Scheme.Equals(_scheme, StringComparison.OrdinalIgnoreCase)
                && other.IdnHost.Equals(_host, StringComparison.OrdinalIgnoreCase);
        }

        public override string ToString() => _prefix;
    }
}
