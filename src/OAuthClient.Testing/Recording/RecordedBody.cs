namespace OAuthClient.Testing.Recording;

/// <summary>The first of a body, growing while it is read.</summary>
internal sealed class RecordedBody
{
    private const int Limit = 64 * 1024;
    private readonly object _gate = new();
    private byte[] _bytes = [];

    public ReadOnlyMemory<byte> Bytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    public void Append(ReadOnlySpan<byte> read)
    {
        lock (_gate)
        {
            var kept = Math.Min(read.Length, Limit - _bytes.Length);
            if (kept > 0)
                _bytes = [.. _bytes, .. read[..kept]];
        }
    }
}
