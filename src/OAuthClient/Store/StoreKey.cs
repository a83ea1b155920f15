using System.Security.Cryptography;

namespace OAuthClient.Store;

// One of the keys that entries are sealed and named with.
internal sealed class StoreKey
{
    public const byte Format = 1;

    private const int KeyLength = 32;
    private const int IdLength = 4;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int HeaderLength = 1 + IdLength + NonceLength;

    private readonly byte[] _naming;
    private readonly byte[] _sealing;
    private readonly byte[] _id;

    private StoreKey(byte[] key)
    {
        _naming = Derive(key, KeyLength, "OAuthClient: names of entries");
        _sealing = Derive(key, KeyLength, "OAuthClient: entries");
        _id = Derive(key, IdLength, "OAuthClient: id of the key");
    }

    // Why a text is no list of keys, as the end of a sentence about it; null where it is one.
    public static string? FindFault(string text) =>
        Decode(text) is { Length: > 0 } keys && Array.TrueForAll(keys, key => key.Length == KeyLength) ? null
        : $"is no key: {KeyLength} random bytes in base64 are wanted, as 'openssl rand -base64 {KeyLength}' makes them";

    // The keys that a text holds, of which FindFault has found it to hold some.
    public static StoreKey[] Read(string text) => [.. Decode(text).Select(key => new StoreKey(key))];

    public string NameOf(string id) => ToName(HMACSHA256.HashData(_naming, Encoding.UTF8.GetBytes(id)));

    // For those who have no key.
    public static string PlainNameOf(string id) => ToName(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    // Good under this name alone: an entry that somebody has moved is none.
    public byte[] Seal(string name, byte[] content)
    {
        byte[] header = [Format, .. _id, .. RandomNumberGenerator.GetBytes(NonceLength)];
        var (body, tag) = (new byte[content.Length], new byte[TagLength]);
        using var aes = new AesGcm(_sealing, TagLength);
        aes.Encrypt(header.AsSpan(1 + IdLength), content, body, tag, [.. Encoding.UTF8.GetBytes(name), .. header]);
        return [.. header, .. body, .. tag];
    }

    // Null where another key has sealed it, or nobody has.
    public byte[]? Open(string name, byte[] value)
    {
        if (value.Length < HeaderLength + TagLength || !value.AsSpan(1, IdLength).SequenceEqual(_id))
            return null;
        var header = value[..HeaderLength];
        var content = new byte[value.Length - HeaderLength - TagLength];
        try
        {
            using var aes = new AesGcm(_sealing, TagLength);
            aes.Decrypt(header.AsSpan(1 + IdLength), value.AsSpan(HeaderLength, content.Length), value.AsSpan(value.Length - TagLength), content, [.. Encoding.UTF8.GetBytes(name), .. header]);
            return content;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[] Derive(byte[] key, int length, string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, length, info: Encoding.UTF8.GetBytes(purpose));

    private static byte[][] Decode(string text) => [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(static base64 =>
    {
        var key = new byte[KeyLength + 1];
        return Convert.TryFromBase64String(base64, key, out var length) ? key[..length] : [];
    })];

    private static string ToName(byte[] hash) => Convert.ToBase64String(hash).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
