using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OAuthClient.Settings;

// A list of texts as one, each with its length, so that no two lists look alike.
internal sealed class KeyText
{
    private readonly StringBuilder _text = new();

    // The texts as they are, where a call cannot wait for a hash.
    public static string Join(Action<KeyText> add)
    {
        var key = new KeyText();
        add(key);
        return key._text.ToString();
    }

    // A hash, where no secret may stand in the key.
    public static string Hash(Action<KeyText> add) => Convert.ToBase64String(SHA256.HashData(MemoryMarshal.AsBytes(Join(add).AsSpan())));

    public void Add(params ReadOnlySpan<string?> values)
    {
        foreach (var value in values)
            _text.Append(value?.Length ?? -1).Append(':').Append(value);
    }

    public void AddAll(IEnumerable<string?>? values)
    {
        string?[]? all = values?.ToArray();
        _text.Append(all?.Length ?? -1).Append(';');
        Add(all);
    }

    public void AddPairs(IEnumerable<KeyValuePair<string, string>>? pairs) =>
        AddAll(pairs?.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => new[] { pair.Key, pair.Value }));
}
