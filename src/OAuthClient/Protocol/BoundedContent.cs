using System.IO.Compression;

namespace OAuthClient.Protocol;

// Reads an answer's body up to a limit, so that a server cannot fill the memory.
internal static class BoundedContent
{
    private const int FirstLength = 8 * 1024;

    // The body, decoded where it was encoded; null where it is longer than limit bytes, before or after.
    public static async ValueTask<byte[]?> ReadAsync(HttpContent content, int limit, bool async, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > limit)
            return null;
        var stream = async ? await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false) : content.ReadAsStream(cancellationToken);
        var body = new byte[Math.Min(limit, content.Headers.ContentLength ?? FirstLength) + 1];
        for (var length = 0; ; Array.Resize(ref body, Math.Min(limit + 1, body.Length * 4)))
        {
            length += await FillAsync(stream, body.AsMemory(length), async, cancellationToken).ConfigureAwait(false);
            if (length > limit)
                return null;
            if (length < body.Length)
                return Decode(body[..length], content.Headers.ContentEncoding, limit);
        }
    }

    // Reads until the buffer is full or the stream has ended, and returns how much that is. Cancellation ends it even where the stream heeds none.
    public static async Task<int> FillAsync(Stream stream, Memory<byte> buffer, bool async, CancellationToken cancellationToken)
    {
        // A synchronous read heeds no token; closing the stream under it ends it.
        using var abort = async ? default : cancellationToken.UnsafeRegister(static state => ((Stream)state!).Dispose(), stream);
        try
        {
            for (var length = 0; ;)
            {
                var read = async ? await stream.ReadAsync(buffer[length..], cancellationToken).ConfigureAwait(false) : stream.Read(buffer.Span[length..]);
                cancellationToken.ThrowIfCancellationRequested();
                length += read;
                if (read == 0 || length == buffer.Length)
                    return length;
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    // Nobody asked for an encoding, yet servers and proxies use one, and some name one that they have taken off. Null where it is longer than limit.
    public static byte[]? Decode(byte[] body, ICollection<string> encodings, int limit)
    {
        foreach (var encoding in encodings.Reverse())
        {
            var decoded = encoding.ToUpperInvariant() switch
            {
                "GZIP" or "X-GZIP" => Inflate(body, static stream => new GZipStream(stream, CompressionMode.Decompress), limit),
                "DEFLATE" => Inflate(body, static stream => new ZLibStream(stream, CompressionMode.Decompress), limit) ?? Inflate(body, static stream => new DeflateStream(stream, CompressionMode.Decompress), limit),
                "BR" => Inflate(body, static stream => new BrotliStream(stream, CompressionMode.Decompress), limit),
                _ => null,
            };
            if (decoded?.Length > limit)
                return null;
            body = decoded ?? body;
        }

        return body;
    }

    // What the body holds, as far as one byte beyond the limit; null where it is not encoded so.
    private static byte[]? Inflate(byte[] body, Func<Stream, Stream> open, int limit)
    {
        var buffer = new byte[limit + 1];
        try
        {
            using var stream = open(new MemoryStream(body));
            return buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or IOException)
        {
            return null;
        }
    }
}
