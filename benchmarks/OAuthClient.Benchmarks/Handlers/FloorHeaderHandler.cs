namespace OAuthClient.Benchmarks.Handlers;

/// <summary>The floor where the token goes into a header of another name.</summary>
internal sealed class FloorHeaderHandler(string name) : DelegatingHandler
{
    private readonly string _text = $"Bearer {StubTokens.Create(0)}";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation(name, _text);
        return base.SendAsync(request, cancellationToken);
    }
}
