using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>What a caller reads of a gateway's error, and that nothing of the answer is lost by it.</summary>
public sealed class GatewayAnswerTests
{
    private const int Patience = 30_000;
    private const string Fault = """{"code":"900908","message":"Resource forbidden","description":"No subscription"}""";

    [Theory]
    [InlineData(GatewayErrorFormat.ChoreoConnect, "900908")]
    [InlineData(GatewayErrorFormat.ApiManager, "900908")]
    [InlineData(GatewayErrorFormat.ApiManagerXml, "900908")]
    [InlineData(GatewayErrorFormat.ApiPlatform, null)]
    public async Task Read_OfEachFormat_TellsWhatItIsAndWhatHelps(GatewayErrorFormat format, string? code)
    {
        await using var app = await TestApp.StartAsync(server => server.GatewayErrorFormat = format);
        app.Server.Options.Clients[0].Subscribed = false;

        using var answer = await app.CreateClient().GetAsync("orders");
        var error = (await answer.ReadGatewayErrorAsync())!;

        Assert.Equal((HttpStatusCode.Forbidden, code, "Resource forbidden", GatewayTokenVerdict.KeepToken), (error.StatusCode, error.Code, error.Message, error.TokenVerdict));
        Assert.Equal(code is null ? null : "User is NOT authorized to access the Resource. API Subscription validation failed.", error.Description);
        Assert.Contains("subscri", $"{error.Meaning} {error.Remedy}", StringComparison.Ordinal);
        Assert.Null(error.RetryAfter);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(204)]
    [InlineData(302)]
    [InlineData(304)]
    public async Task Read_OfAStatusThatIsNoError_IsNullAndReadsNothing(int status)
    {
        using var content = new StringContent(Fault);
        using var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = content };

        Assert.Null(await answer.ReadGatewayErrorAsync());
        Assert.Same(content, answer.Content);
    }

    [Theory(Timeout = Patience)]
    [InlineData(HttpCompletionOption.ResponseHeadersRead, 403)]
    [InlineData(HttpCompletionOption.ResponseHeadersRead, 401)]
    [InlineData(HttpCompletionOption.ResponseContentRead, 403)]
    public async Task Read_OfALongAnswer_LeavesAllOfIt(HttpCompletionOption completion, int status)
    {
        var body = Fault[..^1] + $",\"padding\":\"{new string('x', 200_000)}\"}}";
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.FailNext(1, status, body, "text/html");

        using var answer = await app.CreateClient().GetAsync("orders", completion);

        Assert.Equal("900908", (await answer.ReadGatewayErrorAsync())?.Code);
        Assert.Equal("900908", (await answer.ReadGatewayErrorAsync())?.Code);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
        Assert.Equal("900908", (await answer.ReadGatewayErrorAsync())?.Code);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Read_AfterASynchronousCall_TellsTheSame()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.FailNext(1, 403, Fault);
        var http = app.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");

        using var answer = await Task.Run(() => http.Send(request, HttpCompletionOption.ResponseHeadersRead));

        Assert.Equal("900908", (await answer.ReadGatewayErrorAsync())?.Code);
        Assert.Equal(Fault, await answer.Content.ReadAsStringAsync());
        Assert.Equal(1, app.Log.Count(Microsoft.Extensions.Logging.LogLevel.Warning, "900908"));
    }

    /// <summary>As after ReadFromJsonAsync, which disposes the stream that it has read.</summary>
    [Fact]
    public async Task Read_OfContentInMemoryWhoseStreamWasReadAndClosed_TellsTheSameAndLeavesTheContentAsItIs()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent(Fault) };
        await answer.Content.LoadIntoBufferAsync();
        var content = answer.Content;
        await using (var stream = await content.ReadAsStreamAsync())
            await stream.CopyToAsync(Stream.Null);

        Assert.Equal("900908", (await answer.ReadGatewayErrorAsync())?.Code);
        Assert.Same(content, answer.Content);
        Assert.Equal(Fault, await content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Read_OfMoreInMemoryThanIsReadOfAStream_ReadsNoMoreOfIt()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent($$"""{"padding":"{{new string('x', GatewayAnswer.MaxLength)}}","code":"900908"}""") };
        await answer.Content.LoadIntoBufferAsync();

        Assert.Null(await answer.ReadGatewayErrorAsync());
    }

    /// <summary>Scopes that are missing may be told of in a challenge alone; a code says more.</summary>
    [Theory]
    [InlineData("""{"error":"forbidden","message":"m"}""", "insufficient_scope", "The token's scopes do not cover this resource. Add the scope that it needs to Scopes, and allow it for the application.")]
    [InlineData("""{"error":"forbidden","message":"m"}""", "invalid_token", "The API does not allow this call. Check the application's subscription, Scopes, and the API's own permissions.")]
    [InlineData("""{"code":"900907"}""", "insufficient_scope", "The API is blocked. Ask its publisher.")]
    public async Task Read_OfAnAnswerWithAChallenge_ExplainsItByItsCodeElseByTheChallenge(string body, string named, string says)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent(body), Headers = { { "WWW-Authenticate", $"Bearer error=\"{named}\"" } } };

        var error = (await answer.ReadGatewayErrorAsync())!;
        var exception = await Assert.ThrowsAsync<OAuth2ApiException>(() => answer.EnsureApiSuccessAsync().AsTask());

        Assert.Equal(says, $"{error.Meaning} {error.Remedy}");
        Assert.EndsWith($". {says}", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Read_OfAnEncodedAnswer_DecodesItAndLeavesItAsItIs(string encoding)
    {
        var encoded = Encode(encoding, Encoding.UTF8.GetBytes(Fault));
        using var answer = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new ByteArrayContent(encoded) { Headers = { ContentEncoding = { encoding } } } };

        Assert.Equal("900908", (await answer.ReadGatewayErrorAsync())?.Code);
        Assert.Equal(encoded, await answer.Content.ReadAsByteArrayAsync());
    }

    public static TheoryData<string, HttpContent?> Hostile => new()
    {
        { "nothing", null },
        { "no bytes", new ByteArrayContent([]) },
        { "a page", new StringContent("<html><h1>403 Forbidden</h1></html>") },
        { "plain text", new StringContent("Unauthorized") },
        { "a problem", new StringContent("""{"type":"about:blank","title":"Not Found","status":404,"detail":"900908"}""") },
        { "what breaks off at once", new StreamContent(new ThrowingStream(new IOException())) },
        { "what throws anything", new StreamContent(new ThrowingStream(new NotSupportedException())) },
        { "what is disposed", Dispose(new StringContent(Fault)) },
        { "what says that it is encoded", new StringContent(Fault[1..]) { Headers = { ContentEncoding = { "gzip" } } } },
        { "a bomb", new ByteArrayContent(Encode("gzip", [.. Encoding.UTF8.GetBytes(Fault), .. new byte[10_000_000]])) { Headers = { ContentEncoding = { "gzip" } } } },
        { "a code behind 64 KiB", new StringContent($$"""{"padding":"{{new string('x', GatewayAnswer.MaxLength)}}","code":"900908"}""") },
        { "entities", new StringContent("<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><fault><code>900908</code><message>&b;</message></fault>") },
        { "a file", new StringContent("<!DOCTYPE x SYSTEM 'file:///etc/passwd'><fault><code>900908</code></fault>") },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Read_OfWhatIsNone_IsNull(string what, HttpContent? content)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = content };

        Assert.True(await answer.ReadGatewayErrorAsync() is null, what);
    }

    [Theory]
    [InlineData("text/plain; charset=utf-16")]
    [InlineData("text/html; charset=nonsense")]
    [InlineData("application/json; charset=\"")]
    [InlineData("")]
    public async Task Read_UnderAWrongContentType_TellsTheSame(string contentType)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Fault)) };
        answer.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        Assert.Equal("900908", (await answer.ReadGatewayErrorAsync())?.Code);
    }

    [Fact]
    public async Task Read_OfTheAnswerToHead_IsNull()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.FailNext(1, 403, Fault);
        using var request = new HttpRequestMessage(HttpMethod.Head, "orders");

        using var answer = await app.CreateClient().SendAsync(request);

        Assert.Null(await answer.ReadGatewayErrorAsync());
    }

    /// <summary>The handler leaves the content alone, as the caller's stream; who reads the error waits for ten seconds.</summary>
    [Fact(Timeout = Patience)]
    public async Task Read_OfAnAnswerThatDoesNotEnd_IsNullAfterTenSecondsAndLosesNothing()
    {
        await using var app = await TestApp.StartAsync();
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Server.ApiBehavior.Override = context => AnswerSlowlyAsync(context, rest.Task);
        using var answer = await app.CreateClient().GetAsync("orders", HttpCompletionOption.ResponseHeadersRead);

        var reading = answer.ReadGatewayErrorAsync().AsTask();
        await TestApp.UntilAsync(() => app.Clock.ActiveTimers > 0);
        app.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Null(await reading);
        rest.SetResult();
        Assert.Equal(Fault, await answer.Content.ReadAsStringAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task Read_ThatIsCancelled_EndsAtOnce()
    {
        await using var app = await TestApp.StartAsync();
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Server.ApiBehavior.Override = context => AnswerSlowlyAsync(context, rest.Task);
        using var answer = await app.CreateClient().GetAsync("orders", HttpCompletionOption.ResponseHeadersRead);
        using var cancellation = new CancellationTokenSource();

        var reading = answer.ReadGatewayErrorAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        rest.SetResult();
    }

    private static async Task AnswerSlowlyAsync(HttpContext context, Task rest)
    {
        context.Response.StatusCode = 403;
        await context.Response.WriteAsync(Fault[..20]);
        await context.Response.Body.FlushAsync();
        await rest;
        await context.Response.WriteAsync(Fault[20..]);
    }

    private static HttpContent Dispose(HttpContent content)
    {
        content.Dispose();
        return content;
    }

    private static byte[] Encode(string encoding, byte[] body)
    {
        using var encoded = new MemoryStream();
        using (Stream encoder = encoding switch
        {
            "gzip" => new GZipStream(encoded, CompressionMode.Compress),
            "br" => new BrotliStream(encoded, CompressionMode.Compress),
            _ => new ZLibStream(encoded, CompressionMode.Compress),
        })
            encoder.Write(body);
        return encoded.ToArray();
    }

    private sealed class ThrowingStream(Exception exception) : MemoryStream
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw exception;
    }
}
