using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Http;

public sealed class ResendRulesTests
{
    public static TheoryData<HttpContent?, bool> Contents => new()
    {
        { null, true },
        { new ByteArrayContent([1, 2]), true },
        { new StringContent("text"), true },
        { new FormUrlEncodedContent([new("a", "b")]), true },
        { new ReadOnlyMemoryContent(new byte[] { 1, 2 }), true },
        { JsonContent.Create(new { a = 1 }), true },
        { JsonContent.Create(Stream()), false },
        { JsonContent.Create<object>(Stream()), false },
        { JsonContent.Create<IAsyncEnumerable<int>>(new OwnSequence()), false },
        { JsonContent.Create(new OwnSequence()), false },
        { JsonContent.Create<object>(new OwnSequence()), false },
        { JsonContent.Create(new OwnIterator()), false },
        { JsonContent.Create<string?>(null), true },
        { JsonContent.Create(new List<int> { 1 }), true },
        { new StreamContent(new MemoryStream([1, 2])), true },
        { new StreamContent(new OneWayStream()), false },
        { new MultipartContent { new StringContent("a"), new ByteArrayContent([1]) }, true },
        { new MultipartFormDataContent { new StreamContent(new OneWayStream()) }, false },
        { new OwnContent(), false },
        { new OwnStringContent(), false },
        { Buffered(new OwnContent()), true },
        { Buffered(new OwnStringContent()), true },
        { Buffered(new StreamContent(new OneWayStream())), true },
        { Buffered(JsonContent.Create(Stream())), true },
        { new MultipartContent { Buffered(new OwnContent()), new StringContent("a") }, true },
        { new MultipartContent { Buffered(new OwnContent()), new OwnContent() }, false },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void CanReplay_EachKindOfContent_IsTrueWhereTheBytesAreSure(HttpContent? content, bool expected) =>
        Assert.Equal(expected, ResendRules.CanReplay(content));

    [Fact]
    public async Task Call_WithContentThatCannotBeSentTwice_IsToldOfWithItsTypeAndTheRemedy()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();

        using var response = await http.PostAsync("orders", new OwnContent());

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "its content, a OwnContent, cannot be sent twice. Buffer it: with LoadIntoBufferAsync before the call, or [Body(buffered: true)]"));
    }

    /// <summary>Nobody could make use of the new token then, but those that come can.</summary>
    [Fact]
    public async Task Call_AfterOneThatCouldNotBeSentAgain_DoesNotCarryTheRejectedToken()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();
        using var rejected = await http.PostAsync("orders", new OwnContent());

        using var response = await http.PostAsync("orders", new OwnContent());

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (rejected.StatusCode, response.StatusCode));
        Assert.Equal((3, 2), (app.Server.ApiCalls, app.Server.TokenRequests));
    }

    [Fact]
    public async Task Call_WithContentOfItsOwnThatIsBuffered_IsSentAgainWithTheSameBytes()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();
        using var content = new StreamContent(new OneWayStream());
        using var wrapped = new WrappingContent(content);
        await wrapped.LoadIntoBufferAsync();

        using var response = await http.PostAsync("orders", wrapped);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, app.Server.ApiCalls);
        Assert.Equal([1, 2, 3], app.Server.RecordedApiCalls[^1].Body.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_WithContentThatHasNotBegunToBeSent_IsSentAgain(bool synchronous)
    {
        // A client that is not told to go on begins after a while all the same; not here, where the machine may be busy.
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(TestApp.ClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) }));
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();
        using var request = new HttpRequestMessage(HttpMethod.Post, "orders") { Content = new StreamContent(new OneWayStream()) };
        request.Content.Headers.ContentType = new("application/x-orders");
        request.Headers.ExpectContinue = true;

        using var response = synchronous ? await Task.Run(() => http.Send(request)) : await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var call = app.Server.RecordedApiCalls[^1];
        Assert.Equal([1, 2, 3], call.Body.ToArray());
        Assert.Equal("application/x-orders", call.Headers["Content-Type"]);
    }

    private static async IAsyncEnumerable<int> Stream()
    {
        await Task.Yield();
        yield return 1;
    }

    private static HttpContent Buffered(HttpContent content)
    {
        content.LoadIntoBufferAsync().GetAwaiter().GetResult();
        return content;
    }

    /// <summary>A stream of structs that gives away what it is by its interfaces alone.</summary>
    private sealed class OwnSequence : IAsyncEnumerable<int>
    {
        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => Stream().GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>What the iterators have in common that the compiler makes.</summary>
    private sealed class OwnIterator : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => default;
    }

    private sealed class OwnStringContent() : StringContent("text");

    private sealed class WrappingContent(HttpContent inner) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => inner.CopyToAsync(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class OwnContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return true;
        }
    }
}
