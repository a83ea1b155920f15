namespace OAuthClient.Http;

// Content of a request that waits for 100 Continue (RFC 9110 §10.1.1): whatever it is made of, it can be sent again as long as nobody has
// begun to send it, which is so when the answer to the headers alone was a 401.
internal sealed class ExpectedContent : HttpContent
{
    private readonly HttpContent _inner;

    private ExpectedContent(HttpContent inner)
    {
        _inner = inner;
        foreach (var header in inner.Headers.NonValidated)
            Headers.TryAddWithoutValidation(header.Key, header.Value);
    }

    public HttpContent Inner => _inner;
    public bool HasStarted { get; private set; }

    // Watches the content of a request that expects to be told to go on.
    public static void Watch(HttpRequestMessage request)
    {
        if (request.Content is { } content and not ExpectedContent && request.Headers.ExpectContinue == true && !ResendRules.CanReplay(content))
            request.Content = new ExpectedContent(content);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        HasStarted = true;
        return _inner.CopyToAsync(stream, context, cancellationToken);
    }

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        HasStarted = true;
        _inner.CopyTo(stream, context, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }
}
