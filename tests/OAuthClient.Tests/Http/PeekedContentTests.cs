using System.Net;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Tests.Http;

/// <summary>An API whose 401 comes slowly holds a call up for a while and no longer, and nothing of its answer is lost.</summary>
public sealed class PeekedContentTests
{
    private const int Patience = 30_000;
    private const string Start = "{\"error_message\":";
    private const string Rest = "\"Invalid Credentials\",\"code\":\"900901\"}";

    [Fact(Timeout = Patience)]
    public async Task Call_WhoseRejectionDoesNotEnd_IsSentAgain()
    {
        await using var app = await TestApp.StartAsync();
        using var rejection = new SlowRejection(app);

        var call = app.CreateClient().GetAsync("orders");
        await rejection.OutlastAsync(app);

        using var response = await call;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, app.Server.ApiCalls);
    }

    [Fact(Timeout = Patience)]
    public async Task Call_WhoseSlowRejectionIsItsAnswer_HasAllOfIt()
    {
        await using var app = await TestApp.StartAsync();
        using var rejection = new SlowRejection(app);
        using var request = new HttpRequestMessage(HttpMethod.Post, "orders") { Content = new StreamContent(new OneWayStream()) };

        var call = app.CreateClient().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await rejection.OutlastAsync(app);

        using var response = await call;
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        rejection.End();
        Assert.Equal(Start + Rest, await response.Content.ReadAsStringAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task SynchronousPeek_AtContentThatDoesNotCome_EndsWhenItIsCancelled()
    {
        using var content = new AwaitedStream();
        using var response = new HttpResponseMessage { Content = new StreamContent(content) };
        using var cancellation = new CancellationTokenSource();

        var peek = Task.Factory.StartNew(
            () => PeekedContent.PeekAsync(response, 100, TimeSpan.FromHours(1), TimeProvider.System, async: false, cancellation.Token).AsTask(),
            TaskCreationOptions.LongRunning).Unwrap();
        await content.ReadBegun;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => peek);
    }

    [Fact(Timeout = Patience)]
    public async Task Dispose_WhileTheStartIsBeingRead_EndsTheReadingFirst()
    {
        using var content = new PendingStream();
        using var response = new HttpResponseMessage { Content = new StreamContent(content) };
        Assert.True((await PeekedContent.PeekAsync(response, 100, TimeSpan.Zero, TimeProvider.System, async: true, CancellationToken.None)).IsEmpty);

        response.Dispose();

        Assert.True(content.ReadingEndedFirst);
    }

    [Fact(Timeout = Patience)]
    public async Task Call_WhoseRejectionStallsAfterItsStart_EndsWhenItIsCancelled()
    {
        await using var app = await TestApp.StartAsync();
        using var rejection = new SlowRejection(app, new string(' ', 20_000));
        using var request = new HttpRequestMessage(HttpMethod.Post, "orders") { Content = new StreamContent(new OneWayStream()) };
        using var cancellation = new CancellationTokenSource();

        using var response = await app.CreateClient().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var reading = response.Content.ReadAsByteArrayAsync(cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Theory(Timeout = Patience)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Peek_AtContentThatBreaksOff_LeavesThatToItsReader(bool async)
    {
        using var response = new HttpResponseMessage { Content = new StreamContent(new BrokenStream()) };

        Assert.True((await PeekedContent.PeekAsync(response, 100, TimeSpan.FromHours(1), TimeProvider.System, async, CancellationToken.None)).IsEmpty);

        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
    }

    /// <summary>However it ends but by the caller's own cancellation, that is for its reader to see.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Peek_AtContentThatIsCancelledBySomebodyElse_LeavesThatToItsReader(bool isCancelledToo)
    {
        using var cancellation = new CancellationTokenSource();
        using var response = new HttpResponseMessage
        {
            Content = new OpenedContent(_ =>
            {
                if (isCancelledToo)
                    cancellation.Cancel();
                throw isCancelledToo ? new NotSupportedException() : new TaskCanceledException();
            }),
        };

        Assert.True((await PeekedContent.PeekAsync(response, 100, TimeSpan.FromHours(1), TimeProvider.System, async: true, cancellation.Token)).IsEmpty);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Peek_AtContent_OpensItInTheWayOfItsCaller(bool async)
    {
        var opened = new List<bool>();
        using var response = new HttpResponseMessage
        {
            Content = new OpenedContent(asynchronously =>
            {
                opened.Add(asynchronously);
                return new OnceStream([1, 2, 3]);
            }),
        };

        Assert.Equal(3, (await PeekedContent.PeekAsync(response, 100, TimeSpan.FromHours(1), TimeProvider.System, async, CancellationToken.None)).Length);
        Assert.Equal([async], opened);
    }

    /// <summary>Whoever reads what is left reads what was peeked at, too, in pieces that end where they like.</summary>
    [Theory(Timeout = Patience)]
    [InlineData(100, true, 30)]
    [InlineData(100, false, 30)]
    [InlineData(100, true, 100)]
    [InlineData(100, false, 5_000)]
    [InlineData(1_000, true, 64)]
    [InlineData(2_000, false, 64)]
    public async Task Peek_AtContent_LeavesAllOfItToReadersOfBothKinds(int limit, bool async, int piece)
    {
        var body = Enumerable.Range(0, 1_000).Select(i => (byte)i).ToArray();
        Func<Stream, byte[], Task<int>>[] ways =
        [
            (stream, buffer) => Task.FromResult(stream.Read(buffer, 0, buffer.Length)),
            (stream, buffer) => Task.FromResult(stream.Read(buffer.AsSpan())),
            (stream, buffer) => stream.ReadAsync(buffer, 0, buffer.Length),
            (stream, buffer) => stream.ReadAsync(buffer).AsTask(),
        ];
        foreach (var read in ways)
        {
            using var response = new HttpResponseMessage { Content = new StreamContent(new OnceStream(body)) };
            var start = await PeekedContent.PeekAsync(response, limit, TimeSpan.FromHours(1), TimeProvider.System, async, CancellationToken.None);
            await using var left = async ? await response.Content.ReadAsStreamAsync() : response.Content.ReadAsStream();
            using var all = new MemoryStream();
            var buffer = new byte[piece];
            for (int length; (length = await read(left, buffer)) > 0;)
                all.Write(buffer, 0, length);

            Assert.Equal(body[..Math.Min(limit, body.Length)], start.ToArray());
            Assert.Equal(body, all.ToArray());
        }
    }

    [Fact]
    public async Task Peek_AtContent_LeavesAStreamThatIsReadOnceAndItsHeaders()
    {
        using var response = new HttpResponseMessage { Content = new StreamContent(new OnceStream([1, 2, 3])) };
        response.Content.Headers.TryAddWithoutValidation("Content-Type", "of no kind");
        response.Content.Headers.TryAddWithoutValidation("X-Own", ["a", "b"]);

        await PeekedContent.PeekAsync(response, 2, TimeSpan.FromHours(1), TimeProvider.System, async: true, CancellationToken.None);

        await using var left = await response.Content.ReadAsStreamAsync();
        Assert.Equal((true, false, false), (left.CanRead, left.CanSeek, left.CanWrite));
        Assert.Equal(["of no kind"], response.Content.Headers.GetValues("Content-Type"));
        Assert.Equal(["a", "b"], response.Content.Headers.GetValues("X-Own"));
    }

    [Fact]
    public async Task Dispose_OfContentThatWasPeekedAt_DisposesTheContentItself()
    {
        var content = new OwnedContent();
        using var response = new HttpResponseMessage { Content = content };
        await PeekedContent.PeekAsync(response, 2, TimeSpan.FromHours(1), TimeProvider.System, async: true, CancellationToken.None);
        Assert.NotSame(content, response.Content);

        response.Dispose();

        Assert.True(content.IsDisposed);
    }

    /// <summary>Lets the API answer its next call 401 and leave the body unfinished.</summary>
    private sealed class SlowRejection : IDisposable
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SlowRejection(TestApp app, string start = Start) => app.Server.ApiBehavior.Override = async context =>
        {
            app.Server.ApiBehavior.Override = null;
            context.Response.StatusCode = 401;
            await context.Response.WriteAsync(start);
            await context.Response.Body.FlushAsync();
            _begun.SetResult();
            await _end.Task;
            await context.Response.WriteAsync(Rest);
        };

        public void End() => _end.TrySetResult();

        /// <summary>Lets the client lose its patience with the rest.</summary>
        public async Task OutlastAsync(TestApp app)
        {
            await _begun.Task;
            await TestApp.UntilAsync(() => app.Clock.ActiveTimers > 0);
            app.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        public void Dispose() => End();
    }

    /// <summary>Bytes that can be read once.</summary>
    private sealed class OnceStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }

    /// <summary>Content that is told whether it is opened asynchronously.</summary>
    private sealed class OpenedContent(Func<bool, Stream> open) : HttpContent
    {
        protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => open(false);

        protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => Task.FromResult(open(true));

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class OwnedContent() : StreamContent(new OnceStream([1, 2, 3]))
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => throw new IOException();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException();
    }

    /// <summary>Yields nothing until the reading is cancelled, and knows whether it was before it was closed.</summary>
    private sealed class PendingStream : MemoryStream
    {
        private CancellationToken _reading;

        public override bool CanSeek => false;

        public bool? ReadingEndedFirst { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _reading = cancellationToken;
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }

        protected override void Dispose(bool disposing)
        {
            ReadingEndedFirst ??= _reading.IsCancellationRequested;
            base.Dispose(disposing);
        }
    }

    /// <summary>Yields nothing until it is closed, like the stream of a connection.</summary>
    private sealed class AwaitedStream : MemoryStream
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _closed = new();

        public Task ReadBegun => _begun.Task;

        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            _begun.SetResult();
            _closed.Wait();
            throw new ObjectDisposedException(nameof(AwaitedStream));
        }

        protected override void Dispose(bool disposing)
        {
            _closed.Set();
            base.Dispose(disposing);
        }
    }
}
