using System.Net;

namespace OAuthClient.Http;

/// <summary>Content whose start has been read already and which still yields all of it.</summary>
internal sealed class PeekedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly byte[] _start;
    private readonly Stream _rest;

    private PeekedContent(HttpContent inner, byte[] start, Stream rest)
    {
        _inner = inner;
        _start = start;
        _rest = rest;
        foreach (var header in inner.Headers.NonValidated)
            Headers.TryAddWithoutValidation(header.Key, header.Value);
    }

    /// <summary>Returns at most <paramref name="limit"/> bytes of the response's content and puts content in its place that still has them.</summary>
    public static async ValueTask<byte[]> PeekAsync(HttpResponseMessage response, int limit, bool async, CancellationToken cancellationToken)
    {
        var content = response.Content;
        var stream = async ? await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false) : content.ReadAsStream(cancellationToken);
        var buffer = new byte[(int)Math.Min(limit, content.Headers.ContentLength ?? limit)];
        var length = async
            ? await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)
            : stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var start = buffer[..length];
        response.Content = new PeekedContent(content, start, stream);
        return start;
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(_start).ConfigureAwait(false);
        await _rest.CopyToAsync(stream).ConfigureAwait(false);
    }

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        stream.Write(_start);
        _rest.CopyTo(stream);
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new Joined(_start, _rest));

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => new Joined(_start, _rest);

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

    private sealed class Joined(byte[] start, Stream rest) : Stream
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

        public override int Read(Span<byte> buffer) => _position < start.Length ? ReadStart(buffer) : rest.Read(buffer);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _position < start.Length ? new(ReadStart(buffer.Span)) : rest.ReadAsync(buffer, cancellationToken);

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

        private int ReadStart(Span<byte> buffer)
        {
            var length = Math.Min(buffer.Length, start.Length - _position);
            start.AsSpan(_position, length).CopyTo(buffer);
            _position += length;
            return length;
        }
    }
}
