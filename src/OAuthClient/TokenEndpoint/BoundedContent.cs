using System.Buffers;
using System.IO.Compression;

namespace OAuthClient.TokenEndpoint;

/// <summary>Reads an answer's body up to a limit, so that a server cannot fill the memory.</summary>
internal static class BoundedContent
{
    /// <summary>The body, decoded where it was encoded; null where it is longer than <paramref name="limit"/> bytes, before or after.</summary>
    public static async ValueTask<byte[]?> ReadAsync(HttpContent content, int limit, bool async, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > limit)
            return null;
        var stream = async ? await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false) : content.ReadAsStream(cancellationToken);

        // A synchronous read heeds no token; closing the stream under it ends it.
        using var abort = async ? default : cancellationToken.UnsafeRegister(static state => ((Stream)state!).Dispose(), stream);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(limit + 1, 16 * 1024));
        try
        {
            var length = 0;
            while (true)
            {
                var read = async
                    ? await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false)
                    : stream.Read(buffer.AsSpan(length));
                cancellationToken.ThrowIfCancellationRequested();
                if (read == 0)
                    return Decode(buffer.AsSpan(0, length).ToArray(), content.Headers.ContentEncoding, limit);
                length += read;
                if (length > limit)
                    return null;
                if (length == buffer.Length)
                    Grow(ref buffer, length);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    // Nobody asked for an encoding, yet servers and proxies use one, and some name one that they have taken off.
    private static byte[]? Decode(byte[] body, ICollection<string> encodings, int limit)
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

    /// <summary>What the body holds, as far as one byte beyond the limit; null where it is not encoded so.</summary>
    private static byte[]? Inflate(byte[] body, Func<Stream, Stream> open, int limit)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(limit + 1);
        try
        {
            using var stream = open(new MemoryStream(body));
            return buffer.AsSpan(0, stream.ReadAtLeast(buffer.AsSpan(0, limit + 1), limit + 1, throwOnEndOfStream: false)).ToArray();
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or IOException)
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static void Grow(ref byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        buffer = larger;
    }
}
