namespace OAuthClient.Tests.Http;

/// <summary>Content that waits for 100 Continue: it is the user's own in all but that it knows whether it has been begun.</summary>
public sealed class ExpectedContentTests
{
    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(null, true, false)]
    public void Watch_OfARequest_IsForContentThatWaitsAndIsReadOnce(bool? expects, bool isReadOnce, bool expected)
    {
        using HttpContent content = isReadOnce ? new StreamContent(new OneWayStream()) : new StringContent("text");
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://api.example/") { Content = content, Headers = { ExpectContinue = expects } };

        ExpectedContent.Watch(request);
        var watched = request.Content;
        ExpectedContent.Watch(request);

        Assert.Equal(expected, watched is ExpectedContent { HasStarted: false });
        Assert.Same(expected ? ((ExpectedContent)watched!).Inner : watched, content);
        Assert.Same(watched, request.Content);
    }

    [Theory]
    [InlineData(3L)]
    [InlineData(null)]
    public async Task Content_ThatIsWatched_HasItsHeadersLengthAndBytes(long? length)
    {
        foreach (var synchronous in (bool[])[false, true])
        {
            using var content = new StreamContent(new OneWayStream());
            content.Headers.ContentLength = length;
            content.Headers.TryAddWithoutValidation("Content-Type", "of no kind");
            using var request = new HttpRequestMessage(HttpMethod.Post, "https://api.example/") { Content = content, Headers = { ExpectContinue = true } };
            ExpectedContent.Watch(request);
            var watched = Assert.IsType<ExpectedContent>(request.Content);
            using var sent = new MemoryStream();

            Assert.Equal((length, "of no kind", true), (watched.Headers.ContentLength, watched.Headers.NonValidated["Content-Type"].ToString(), ResendRules.CanReplay(watched)));
            if (synchronous)
                watched.CopyTo(sent, null, CancellationToken.None);
            else
                await watched.CopyToAsync(sent);

            Assert.Equal([1, 2, 3], sent.ToArray());
            Assert.Equal((true, false), (watched.HasStarted, ResendRules.CanReplay(watched)));
        }
    }

    [Fact]
    public void Content_WhoseLengthIsKnownByItself_TellsItWithoutAHeader()
    {
        using var content = new ExpectedContent(new SizedContent());

        Assert.Equal(7, content.Headers.ContentLength);
    }

    [Fact]
    public void Dispose_OfTheRequest_DisposesTheContentItself()
    {
        var content = new StreamContent(new OneWayStream());
        var request = new HttpRequestMessage(HttpMethod.Post, "https://api.example/") { Content = content, Headers = { ExpectContinue = true } };
        ExpectedContent.Watch(request);

        request.Dispose();

        Assert.Throws<ObjectDisposedException>(() => content.ReadAsStream());
    }

    /// <summary>The log of a call that cannot be sent twice names what the user has made, and not what stands around it.</summary>
    [Fact]
    public void Describe_OfContentThatIsWatched_NamesTheUsersOwn()
    {
        using var content = new ExpectedContent(new SizedContent());

        Assert.StartsWith("its content, a SizedContent, cannot be sent twice. Buffer it: ", ResendRules.Describe(content), StringComparison.Ordinal);
    }

    private sealed class SizedContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 7;
            return true;
        }
    }
}
