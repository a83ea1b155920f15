using System.Net;

namespace OAuthClient.Http;

/// <summary>Content whose start has been read already, or is being read, and which still yields all of it.</summary>
internal sealed class PeekedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly Joined _all;

    private PeekedContent(HttpContent inner, Joined all)
    {
        _inner = inner;
        _all = all;
        foreach (var header in inner.Headers.NonValidated)
            Headers.TryAddWithoutValidation(header.Key, header.Value);
    }

    /// <summary>
    /// Returns at most <paramref name="limit"/> bytes of the response's content and puts content in its place that still has them. Nothing
    /// is returned where it breaks off, which is for whoever reads the content to see, nor where an asynchronous reader would have to wait
    /// for longer than <paramref name="patience"/>; a synchronous one waits until it is cancelled.
    /// </summary>
    public static async ValueTask<ReadOnlyMemory<byte>> PeekAsync(HttpResponseMessage response, int limit, TimeSpan patience, TimeProvider timeProvider, bool async, CancellationToken cancellationToken)
    {
        var content = response.Content;
        Stream stream;
        try
        {
            stream = async ? await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false) : content.ReadAsStream(cancellationToken);
        }
        catch (Exception exception) when (!IsCancellation(exception, cancellationToken))
        {
            return default;
        }

        var buffer = new byte[(int)Math.Min(limit, content.Headers.ContentLength ?? limit)];

        // The reading may outlive this call, and with it the caller's token.
        var abort = new CancellationTokenSource();
        using var cancelled = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), abort);
        var reading = ReadAsync(stream, buffer, async, abort.Token);
        response.Content = new PeekedContent(content, new Joined(buffer, reading, stream, abort));

        // Where nobody reads the content, nobody needs to know how the reading ends.
        _ = reading.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        try
        {
            return buffer.AsMemory(0, await reading.WaitAsync(patience, timeProvider, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (!IsCancellation(exception, cancellationToken))
        {
            return default;
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _all.CopyToAsync(stream);

    // Without it, the time-out of an HttpClient that reads the rest into memory would end nothing.
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => _all.CopyToAsync(stream, cancellationToken);

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) => _all.CopyTo(stream);

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(_all);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => _all;

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _all.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private static bool IsCancellation(Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException && cancellationToken.IsCancellationRequested;

    private static async Task<int> ReadAsync(Stream stream, byte[] buffer, bool async, CancellationToken cancellationToken) => async
        ? await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)
        : Read(stream, buffer, cancellationToken);

    private static int Read(Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        // A synchronous read heeds no token; closing the stream under it ends it.
        using var abort = cancellationToken.UnsafeRegister(static state => ((Stream)state!).Dispose(), stream);
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private sealed class Joined(byte[] start, Task<int> startLength, Stream rest, CancellationTokenSource abort) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var length = startLength.GetAwaiter().GetResult();
            return _position < length ? ReadStart(buffer, length) : rest.Read(buffer);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var length = await startLength.WaitAsync(cancellationToken).ConfigureAwait(false);
            return _position < length ? ReadStart(buffer.Span, length) : await rest.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                // Closing a connection's stream reads what is left of it, so that the connection can be used again: a second reader.
                abort.Cancel();
                rest.Dispose();
            }

            base.Dispose(disposing);
        }

        private int ReadStart(Span<byte> buffer, int startLength)
        {
            var length = Math.Min(buffer.Length, startLength - _position);
            start.AsSpan(_position, length).CopyTo(buffer);
            _position += length;
            return length;
        }
    }
}
