namespace OAuthClient.Store;

// How entries are named and sealed at one time: by keys, by what the application hands over, or not at all.
internal sealed class Sealing(StoreKey[] keys, Func<byte[], byte[]>? protect, Func<byte[], byte[]>? unprotect)
{
    private const byte Plain = 2;
    private const byte Protected = 3;

    // Where an entry is, one name for each key; the same, in the same order, for all instances that have the same keys.
    public string[] NamesOf(string id) =>
        keys.Length == 0 ? [StoreKey.PlainNameOf(id)] : [.. keys.Select(key => key.NameOf(id)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    // As it is stored under one of its names, where an instance that has this name's key alone must be able to open it.
    public byte[] Seal(string id, string name, byte[] content) =>
        protect is not null ? [Protected, .. protect(Bind(name, content))]
        : Array.Find(keys, key => key.NameOf(id) == name) is { } key ? key.Seal(name, content)
        : [Plain, .. Bind(name, content)];

    // The content; null where it was not sealed here, or not for this name.
    public byte[]? Open(string name, byte[] value) => value switch
    {
        [StoreKey.Format, ..] when protect is null => keys.Select(key => key.Open(name, value)).FirstOrDefault(content => content is not null),
        [Protected, ..] when unprotect is not null => Unbind(name, unprotect(value[1..])),
        [Plain, ..] when protect is null && keys.Length == 0 => Unbind(name, value[1..]),
        _ => null,
    };

    private static byte[] Bind(string name, byte[] content) => [.. Encoding.UTF8.GetBytes(name), .. content];

    private static byte[]? Unbind(string name, byte[] bound)
    {
        var prefix = Encoding.UTF8.GetBytes(name);
        return bound.AsSpan().StartsWith(prefix) ? bound[prefix.Length..] : null;
    }
}
