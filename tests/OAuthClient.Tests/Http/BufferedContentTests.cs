using System.Net;

namespace OAuthClient.Tests.Http;

/// <summary>How content is read into memory, and that of which calls.</summary>
public sealed class BufferedContentTests
{
    [Fact]
    public async Task Send_OfContentThatIsBuffered_ReadsItSynchronously()
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxRequestContentBufferSize = 100);
        using var stream = new WatchedStream();
        using var request = new HttpRequestMessage(HttpMethod.Post, "orders") { Content = new StreamContent(stream) };

        using var response = app.CreateClient().Send(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("3", app.Server.RecordedApiCalls[0].Headers["Content-Length"]);
        Assert.Equal(0, stream.AsyncReads);
    }

    [Theory]
    [InlineData(false, "3", null)]
    [InlineData(true, null, "chunked")]
    public async Task Call_WithContentOfUnknownLength_IsBufferedWhereItCarriesAToken(bool noToken, string? length, string? encoding)
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxRequestContentBufferSize = 100);
        app.Server.ApiBehavior.FailUntilCleared(200, "{}");
        using var request = new HttpRequestMessage(HttpMethod.Post, "orders") { Content = new StreamContent(new OneWayStream()) };
        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { NoToken = noToken });

        (await app.CreateClient().SendAsync(request)).EnsureSuccessStatusCode().Dispose();

        var headers = app.Server.RecordedApiCalls[0].Headers;
        Assert.Equal((length, encoding), (headers.GetValueOrDefault("Content-Length"), headers.GetValueOrDefault("Transfer-Encoding")));
    }

    /// <summary>Three bytes that can be read once; tells how often they were read asynchronously.</summary>
    private sealed class WatchedStream() : MemoryStream([1, 2, 3])
    {
        public int AsyncReads { get; private set; }

        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            AsyncReads++;
            return base.ReadAsync(buffer, cancellationToken);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            AsyncReads++;
            return base.ReadAsync(buffer, offset, count, cancellationToken);
        }

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            AsyncReads++;
            return base.CopyToAsync(destination, bufferSize, cancellationToken);
        }
    }
}
