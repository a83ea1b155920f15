namespace OAuthClient.Http;

// Reads the start of a response's content, and leaves content in its place that still yields all of it.
internal static class PeekedContent
{
    // Returns at most limit bytes. Nothing is returned where the content breaks off, which is for whoever reads it to see, nor where an
    // asynchronous reader would have to wait for longer than patience; a synchronous one waits until it is cancelled.
    public static async ValueTask<ReadOnlyMemory<byte>> PeekAsync(HttpResponseMessage response, int limit, TimeSpan patience, TimeProvider timeProvider, bool async, CancellationToken cancellationToken)
    {
        var content = response.Content;
        try
        {
            // What is in memory stays as it is, whatever has been read of it.
            if (HiddenState.IsKnownToBeBuffered(content))
            {
                var buffered = new Start(limit);
                await content.CopyToAsync(buffered, cancellationToken).ConfigureAwait(false);
                return buffered.Bytes;
            }

            var stream = async ? await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false) : content.ReadAsStream(cancellationToken);
            var buffer = new byte[(int)Math.Min(limit, content.Headers.ContentLength ?? limit)];

            // The reading may outlive this call, and with it the caller's token.
            var abort = new CancellationTokenSource();
            using var cancelled = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), abort);
            var reading = BoundedContent.FillAsync(stream, buffer, async, abort.Token);
            response.Content = new StreamContent(new Joined(buffer, reading, stream, content, abort));
            foreach (var header in content.Headers.NonValidated)
                response.Content.Headers.TryAddWithoutValidation(header.Key, header.Value);

            // Where nobody reads the content, nobody needs to know how the reading ends.
            _ = reading.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return buffer.AsMemory(0, await reading.WaitAsync(patience, timeProvider, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return default;
        }
    }

    // Takes the first bytes that are written to it.
    private sealed class Start(int limit) : MemoryStream
    {
        public ReadOnlyMemory<byte> Bytes => GetBuffer().AsMemory(0, (int)Length);

        // What else there is to write with comes down to this.
        public override void Write(byte[] buffer, int offset, int count) => base.Write(buffer, offset, Math.Min(count, limit - (int)Length));
    }

    private sealed class Joined(byte[] start, Task<int> startLength, Stream rest, HttpContent content, CancellationTokenSource abort) : Stream
    {
        private int _position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

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

        public override void Flush() => throw new NotSupportedException();
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
                content.Dispose();
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
