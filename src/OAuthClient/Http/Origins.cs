namespace OAuthClient.Http;

/// <summary>
/// The origins that may see one client's credentials. Grows when a factory's client turns out to have a base address of its own; read
/// without a lock.
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
        Origin[] seen, grown;
        do
        {
            seen = _origins;
            if (Array.Exists(seen, known => known.Matches(address)))
                return;
            grown = [.. seen, new Origin(address)];
        }
#pragma warning disable CS0420 // The reference is handed to an interlocked operation, which is volatile itself.
        while (Interlocked.CompareExchange(ref _origins, grown, seen) != seen);
#pragma warning restore CS0420
    }

    /// <summary>The allowed origin of an address, or null. Allocates nothing for a known origin that is spelt as usual.</summary>
    public Origin? Find(Uri? address)
    {
        var origins = _origins;
        if (address is null)
            return null;
        if (ReferenceEquals(address, _lastAllowed) && origins.Length == 1)
            return origins[0];
        if (!address.IsAbsoluteUri)
            return null;
        foreach (var origin in origins)
        {
            if (origin.Matches(address))
            {
                _lastAllowed = address;
                return origin;
            }
        }

        return null;
    }

    /// <summary>True for https, and for http where it stays on this machine or the user allows it.</summary>
    public static bool IsSecure(Uri address, bool allowInsecureHttp) =>
        address.IsAbsoluteUri
        && (address.Scheme == Uri.UriSchemeHttps
            || (address.Scheme == Uri.UriSchemeHttp && (allowInsecureHttp || address.IsLoopback)));

    public override string ToString() => string.Join(", ", _origins.Select(origin => origin.Text));
}
