using System.Net;
using System.Net.Http.Json;
using OAuthClient.Http;

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
        { new StreamContent(new MemoryStream([1, 2])), true },
        { new StreamContent(new OneWayStream()), false },
        { new MultipartContent { new StringContent("a"), new ByteArrayContent([1]) }, true },
        { new MultipartFormDataContent { new StreamContent(new OneWayStream()) }, false },
        { new OwnContent(), false },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void CanReplay_EachKindOfContent_IsTrueWhereTheBytesAreSure(HttpContent? content, bool expected) =>
        Assert.Equal(expected, ResendRules.CanReplay(content));

    private static async IAsyncEnumerable<int> Stream()
    {
        await Task.Yield();
        yield return 1;
    }

    private sealed class OneWayStream : MemoryStream
    {
        public OneWayStream()
            : base([1, 2, 3])
        {
        }

        public override bool CanSeek => false;
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
