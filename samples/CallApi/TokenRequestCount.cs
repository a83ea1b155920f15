namespace CallApi;

/// <summary>Counts what is posted to the token endpoint, on the wire. Revocations are posted as well: read it before the token is revoked.</summary>
internal sealed class TokenRequestCount
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public DelegatingHandler CreateHandler() => new Handler(this);

    private sealed class Handler(TokenRequestCount count) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Post)
                Interlocked.Increment(ref count._value);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
