using System.Text;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>A token endpoint in memory that answers at once.</summary>
internal sealed class StubTokenEndpoint : HttpMessageHandler
{
    private int _issued;

    /// <summary>How many tokens it has issued.</summary>
    public int Issued => Volatile.Read(ref _issued);

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => new()
    {
        Content = new StringContent(StubTokens.CreateAnswer(Interlocked.Increment(ref _issued)), Encoding.UTF8, "application/json"),
    };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(Send(request, cancellationToken));
}
