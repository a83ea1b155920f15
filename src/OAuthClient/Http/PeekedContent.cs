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
    /// is returned where an asynchronous reader would have to wait for longer than <paramref name="patience"/>; a synchronous one waits until it is cancelled.
    /// </summary>
    public static async ValueTask<ReadOnlyMemory<byte>> PeekAsync(HttpResponseMessage response, int limit, TimeSpan patience, TimeProvider timeProvider, bool async, CancellationToken cancellationToken)
    {
        var content = response.Content;
        var stream = async ? await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false) : content.ReadAsStream(cancellationToken);
        var buffer = new byte[(int)Math.Min(limit, content.Headers.ContentLength ?? limit)];
        var reading = async
            ? stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).AsTask()
            : Task.FromResult(Read(stream, buffer, cancellationToken));
        response.Content = new PeekedContent(content, new Joined(buffer, reading, stream));
        try
        {
            return buffer.AsMemory(0, await reading.WaitAsync(patience, timeProvider, cancellationToken).ConfigureAwait(false));
        }
        catch (TimeoutException)
        {
            // It goes on for whoever reads the content; where nobody does, nobody needs to know how it ends.
            _ = reading.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return default;
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _all.CopyToAsync(stream);

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
            _inner.Dispose();
        base.Dispose(disposing);
    }

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

    private sealed class Joined(byte[] start, Task<int> startLength, Stream rest) : Stream
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
                rest.Dispose();
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
