namespace OAuthClient.Http;

// Content of a request that waits for 100 Continue (RFC 9110 §10.1.1): whatever it is made of, it can be sent again as long as nobody has
// begun to send it, which is so when the answer to the headers alone was a 401.
internal sealed class ExpectedContent(HttpContent inner) : HttpContent
{
    public HttpContent Inner => inner;
    public bool HasStarted { get; private set; }

    public static void Watch(HttpRequestMessage request)
    {
        if (request.Content is not { } content || content is ExpectedContent || request.Headers.ExpectContinue != true || ResendRules.CanReplay(content))
            return;
        request.Content = new ExpectedContent(content);
        foreach (var header in content.Headers.NonValidated)
            request.Content.Headers.TryAddWithoutValidation(header.Key, header.Value);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        HasStarted = true;
        return inner.CopyToAsync(stream, context, cancellationToken);
    }

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        HasStarted = true;
        inner.CopyTo(stream, context, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = inner.Headers.ContentLength ?? 0;
        return inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
