namespace OAuthClient.Clients;

// The origins that may see one client's credentials. Grows when a factory's client turns out to have a base address of its own; read without a lock.
internal sealed class Origins(bool allowInsecureHttp)
{
    private const long RememberEvery = 1_000; // Milliseconds: a write for each call would have the processors fight for it.

    private readonly object _gate = new();
    private volatile Origin[] _origins = [];
    private Uri? _remembered;
    private long _rememberedAt = long.MinValue / 2;

    public bool IsEmpty => _origins.Length == 0;

    public void Add(Uri? address)
    {
        if (address is null || !Origin.IsSecure(address, allowInsecureHttp))
            return;
        lock (_gate)
        {
            if (!Array.Exists(_origins, known => known.Matches(address)))
                _origins = [.. _origins, new Origin(address)];
        }
    }

    // The allowed origin of an address, or null. Allocates nothing for a known origin that is spelt as usual.
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

    // The same, and cheaper for an address that is used again and again.
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

    public override string ToString() => string.Join(", ", _origins.Select(origin => origin.Text));
}
