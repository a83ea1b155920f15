using System.IO.Compression;
using System.Text;

namespace OAuthClient.Tests.Protocol;

public sealed class BoundedContentTests
{
    private const string Token = "{\"access_token\":\"a\"}";

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("GZIP")]
    [InlineData("deflate")]
    [InlineData("raw deflate")]
    [InlineData("br")]
    [InlineData("deflate, gzip")]
    [InlineData("identity")]
    public async Task Body_EncodedThoughNobodyAsked_IsDecoded(string encodings)
    {
        await using var app = await TestApp.StartAsync();
        Answer(app, 200, Token, encodings);

        Assert.Equal("a", (await app.Tokens.GetTokenAsync(TestApp.ClientName)).Value);
        Assert.False(app.Server.RecordedTokenRequests[0].Headers.ContainsKey("Accept-Encoding"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_ThatDripsFromAStreamWhichHeedsNoCancellation_IsGivenUp(bool synchronous)
    {
        using var deadline = new CancellationTokenSource();
        using var content = new StreamContent(new Drip(afterTen: deadline.Cancel));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await BoundedContent.ReadAsync(content, limit: 10_000, async: !synchronous, deadline.Token));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task ErrorAnswer_Encoded_IsRead(string encodings)
    {
        await using var app = await TestApp.StartAsync();
        Answer(app, 401, """{"error":"invalid_client","error_description":"No such client"}""", encodings);

        var exception = await FailAsync(app);

        Assert.Equal(("invalid_client", "No such client"), (exception.Error, exception.ErrorDescription));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("compress")]
    public async Task Body_ThatIsNotEncodedAsItSays_IsReadAsItIs(string encoding)
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Token));
        };

        Assert.Equal("a", (await app.Tokens.GetTokenAsync(TestApp.ClientName)).Value);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Body_TooLongAfterDecoding_IsNotUsed(string encoding)
    {
        await using var app = await TestApp.StartAsync();
        Answer(app, 200, Token.PadRight(1024 * 1024 + 1), encoding);

        Assert.Contains("answered with more than 1024 KiB", (await FailAsync(app)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_UpToTheLimitAfterDecoding_IsRead()
    {
        using var content = new ByteArrayContent(Encode(Encoding.UTF8.GetBytes(Token.PadRight(1024)), "gzip"));
        content.Headers.ContentEncoding.Add("gzip");

        Assert.Equal(1024, (await BoundedContent.ReadAsync(content, 1024, async: true, default))!.Length);
    }

    /// <summary>A synchronous caller must not wait for a thread of the pool, nor an asynchronous one block its own.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_IsReadTheWayItsCallerWaits(bool isAsync)
    {
        using var content = new OneWayContent(isAsync);

        Assert.Equal([1, 2, 3], (await BoundedContent.ReadAsync(content, 1024, isAsync, default))!);
    }

    private static void Answer(TestApp app, int status, string body, string encodings) => app.Server.TokenEndpointBehavior.Override = async context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.ContentEncoding = encodings.Replace("raw ", "", StringComparison.Ordinal);
        await context.Response.Body.WriteAsync(encodings.Split(", ").Aggregate(Encoding.UTF8.GetBytes(body), Encode));
    };

    private static byte[] Encode(byte[] body, string encoding)
    {
        using var encoded = new MemoryStream();
        using (Stream encoder = encoding.ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(encoded, CompressionMode.Compress, leaveOpen: true),
            "deflate" => new ZLibStream(encoded, CompressionMode.Compress, leaveOpen: true),
            "raw deflate" => new DeflateStream(encoded, CompressionMode.Compress, leaveOpen: true),
            "br" => new BrotliStream(encoded, CompressionMode.Compress, leaveOpen: true),
            _ => new BufferedStream(new MemoryStream()),
        })
        {
            if (encoder is BufferedStream)
                return body;
            encoder.Write(body);
        }

        return encoded.ToArray();
    }

    private static Task<OAuth2TokenException> FailAsync(TestApp app) =>
        Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync(TestApp.ClientName));

    /// <summary>Three bytes for whoever reads one way, and an error for whoever reads the other.</summary>
    private sealed class OneWayContent(bool isAsync) : HttpContent
    {
        protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => isAsync ? throw new InvalidOperationException() : new Body(isAsync);

        protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => isAsync ? Task.FromResult<Stream>(new Body(isAsync)) : throw new InvalidOperationException();

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => throw new NotSupportedException();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        private sealed class Body(bool isAsync) : MemoryStream([1, 2, 3])
        {
            public override int Read(Span<byte> buffer) => isAsync ? throw new InvalidOperationException() : base.Read(buffer);

            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => isAsync ? new(base.Read(buffer.Span)) : throw new InvalidOperationException();
        }
    }

    /// <summary>A byte at a time without end, whatever happens.</summary>
    private sealed class Drip(Action afterTen) : Stream
    {
        private int _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (++_read == 10)
                afterTen();
            buffer[offset] = 1;
            return 1;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (++_read == 10)
                afterTen();
            return new(1);
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
