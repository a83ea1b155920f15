using System.Runtime.CompilerServices;

namespace OAuthClient.Http;

/// <summary>
/// The origins that may see one client's credentials. Grows when a factory's client turns out to have a base address of its own; read
/// without a lock.
/// </summary>
internal sealed class Origins(bool allowInsecureHttp)
{
    // Milliseconds: a write for each call would have the processors fight for it.
    private const long RememberEvery = 1_000;

    private volatile Origin[] _origins = [];
    private Uri? _remembered;
    private long _rememberedAt = long.MinValue / 2;

    public bool IsEmpty => _origins.Length == 0;

    public void Add(Uri? address)
    {
        if (address is null || !CanCarryToken(address, allowInsecureHttp))
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
    [MethodImpl(MethodImplOptions.NoInlining)]
    public Origin? Find(Uri? address)
    {
        if (address is not { IsAbsoluteUri: true })
            return null;
        foreach (var origin in _origins)
        {
            if (origin.Matches(address))
                return origin;
        }

        return null;
    }

    /// <summary>The same, and cheaper for an address that is used again and again.</summary>
    /// <param name="address">The address.</param>
    /// <param name="now">The <see cref="Tokens.LifetimeClock"/>'s time.</param>
    public Origin? Find(Uri? address, long now)
    {
        var origins = _origins;
        if (ReferenceEquals(address, _remembered) && origins.Length == 1 && address is not null)
            return origins[0];
        var found = Find(address);
        if (found is not null && now - _rememberedAt >= RememberEvery)
            (_remembered, _rememberedAt) = (address, now);
        return found;
    }

    /// <summary>True for https, and for http where it stays on this machine or the user allows it.</summary>
    public static bool IsSecure(Uri address, bool allowInsecureHttp) =>
        address.IsAbsoluteUri
        && (address.Scheme == Uri.UriSchemeHttps
            || (address.Scheme == Uri.UriSchemeHttp && (allowInsecureHttp || address.IsLoopback)));

    /// <summary>The same for addresses of APIs, which may be WebSockets: they begin as https or http.</summary>
    public static bool CanCarryToken(Uri address, bool allowInsecureHttp) =>
        IsSecure(address, allowInsecureHttp)
        || (address.IsAbsoluteUri
            && (address.Scheme == Uri.UriSchemeWss || (address.Scheme == Uri.UriSchemeWs && (allowInsecureHttp || address.IsLoopback))));

    public override string ToString() => string.Join(", ", _origins.Select(origin => origin.Text));
}
