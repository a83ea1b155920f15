using System.Net;
using System.Security.Cryptography;
using System.Text.Json;

namespace OAuthClient.Tests.Http;

/// <summary>Content that is read into memory where the client wants it, and no other.</summary>
public sealed class ContentBufferTests
{
    private const int Limit = 1_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_WhoseBufferedContentIsRejected_IsSentAgainWithTheSameBytes(bool synchronous)
    {
        await using var app = await StartWarmAsync(Limit);
        var content = new Push(Limit, tellsLength: false);

        using var response = await PostAsync(app.CreateClient(), content, synchronous);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((3, 1), (app.Server.ApiCalls, content.Written));
        using var echo = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(Convert.ToHexString(SHA256.HashData(Push.Bytes(Limit))), echo.RootElement.GetProperty("content_sha256").GetString(), ignoreCase: true);
    }

    [Fact]
    public async Task Call_WhoseContentTellsAFittingLength_IsBuffered()
    {
        await using var app = await StartWarmAsync(Limit);
        var content = new Push(Limit, tellsLength: true);

        using var response = await PostAsync(app.CreateClient(), content, synchronous: false);

        Assert.Equal((HttpStatusCode.OK, 1), (response.StatusCode, content.Written));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_WhoseContentTellsAGreaterLength_IsSentAsItIs(bool synchronous)
    {
        await using var app = await StartWarmAsync(Limit);
        var content = new Push(Limit + 1, tellsLength: true);

        using var response = await PostAsync(app.CreateClient(), content, synchronous);

        Assert.Equal((HttpStatusCode.Unauthorized, 2, 1), (response.StatusCode, app.Server.ApiCalls, content.Written));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_WhoseContentTurnsOutToBeLonger_IsNotSentAndSaysWhatToRaise(bool synchronous)
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxRequestContentBufferSize = Limit);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => PostAsync(app.CreateClient(), new Push(Limit + 1, tellsLength: false), synchronous));

        Assert.StartsWith("OAuth2 client 'orders': the content of the call is longer than MaxRequestContentBufferSize, 1000 bytes", exception.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (app.Server.ApiCalls, app.Server.TokenRequests));
    }

    // A warm call takes another way.
    [Fact]
    public async Task Call_WithAWarmToken_HoldsItsContentToTheLimitToo()
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxRequestContentBufferSize = Limit);
        await app.GetTokenAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => PostAsync(app.CreateClient(), new Push(Limit + 1, tellsLength: false), synchronous: false));

        Assert.Equal(0, app.Server.ApiCalls);
    }

    // It is never sent again for a token's sake.
    [Fact]
    public async Task Call_WithoutAToken_IsSentWithContentOfAnyLength()
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxRequestContentBufferSize = Limit);
        app.Server.ApiBehavior.FailUntilCleared(200, "{}");

        using var response = await PostAsync(app.CreateClient(), new Push(Limit + 1, tellsLength: false), synchronous: false, noToken: true);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Call_CancelledWhileItsContentIsBuffered_Ends()
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxRequestContentBufferSize = Limit);
        using var cancellation = new CancellationTokenSource();
        var never = new TaskCompletionSource();
        var content = new Push(1, tellsLength: false, never.Task);

        var call = app.CreateClient().PostAsync("orders", content, cancellation.Token);
        await content.Begun;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Dose.Patience));
        Assert.Equal(0, app.Server.ApiCalls);
        never.SetResult();
    }

    [Fact]
    public async Task Call_ByDefault_IsSentBeforeItsContentHasEnded()
    {
        await using var app = await TestApp.StartAsync();
        var end = new TaskCompletionSource();

        var call = app.CreateClient().PostAsync("orders", new Push(Limit, tellsLength: false, end.Task));
        await app.Server.WaitForApiCallsAsync(1);
        end.SetResult();

        using var response = await call;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_ByDefault_IsNotSentAgainWithContentOfUnknownKind(bool synchronous)
    {
        await using var app = await StartWarmAsync(0);
        var content = new Push(Limit, tellsLength: false);

        using var response = await PostAsync(app.CreateClient(), content, synchronous);

        Assert.Equal((HttpStatusCode.Unauthorized, 2, 1), (response.StatusCode, app.Server.ApiCalls, content.Written));
    }

    // The client's token has been used, and then revoked.
    private static async Task<TestApp> StartWarmAsync(int limit)
    {
        var app = await TestApp.StartAsync(client: client => client.MaxRequestContentBufferSize = limit);
        (await app.CreateClient().GetAsync("orders")).EnsureSuccessStatusCode().Dispose();
        app.Server.RevokeAllTokens();
        return app;
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, HttpContent content, bool synchronous, bool noToken = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "orders") { Content = content };
        if (noToken)
            request.SetOAuth2TokenRequest(new OAuth2TokenRequest { NoToken = true });
        return synchronous ? await Task.Run(() => http.Send(request)) : await http.SendAsync(request);
    }

    /// <summary>Writes its bytes as often as it is asked to, as far as anybody can see from outside once; half of them before it waits.</summary>
    private sealed class Push(int length, bool tellsLength, Task? end = null) : HttpContent
    {
        private readonly TaskCompletionSource _begun = new();

        public int Written { get; private set; }

        public Task Begun => _begun.Task;

        public static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            Written++;
            _begun.TrySetResult();
            await stream.WriteAsync(Bytes(length).AsMemory(0, length / 2));
            await stream.FlushAsync();
            if (end is not null)
                await end;
            await stream.WriteAsync(Bytes(length).AsMemory(length / 2));
        }

        protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            Written++;
            stream.Write(Bytes(length));
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = tellsLength ? length : 0;
            return tellsLength;
        }
    }
}
