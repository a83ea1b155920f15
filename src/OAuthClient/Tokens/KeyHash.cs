using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OAuthClient.Tokens;

/// <summary>A hash over texts, each with its length, so that no two lists of texts look alike and no secret stands in a key.</summary>
internal sealed class KeyHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(params ReadOnlySpan<string?> values)
    {
        foreach (var value in values)
        {
            var bytes = value is null ? null : Encoding.UTF8.GetBytes(value);
            AddLength(bytes?.Length ?? -1);
            _hash.AppendData(bytes ?? []);
        }
    }

    /// <summary>Adds a list of any length.</summary>
    public void AddAll(IEnumerable<string?> values)
    {
        string?[] all = [.. values];
        AddLength(all.Length);
        Add(all);
    }

    public string ToKey() => Convert.ToBase64String(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    private void AddLength(int length)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        _hash.AppendData(bytes);
    }
}
