namespace CallApi;

/// <summary>Counts the token requests on the wire. What else is posted there (a revocation, a request for a device's code, an agent's login) is none.</summary>
internal sealed class TokenRequestCount
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public DelegatingHandler CreateHandler() => new Handler(this);

    private sealed class Handler(TokenRequestCount count) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is { } content)
                Count(await content.ReadAsByteArrayAsync(cancellationToken));
            return await base.SendAsync(request, cancellationToken);
        }

        // The token of a further client is asked for on a thread of its own, which waits.
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var copy = new MemoryStream();
            request.Content?.CopyTo(copy, context: null, cancellationToken);
            Count(copy.ToArray());
            return base.Send(request, cancellationToken);
        }

        private void Count(ReadOnlySpan<byte> form)
        {
            if (form.IndexOf("grant_type="u8) >= 0)
                Interlocked.Increment(ref count._value);
        }
    }
}
