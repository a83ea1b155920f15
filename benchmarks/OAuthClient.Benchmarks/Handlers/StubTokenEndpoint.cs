using System.Text;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>A token endpoint in memory that answers at once, or when it is told to.</summary>
internal sealed class StubTokenEndpoint : HttpMessageHandler
{
    private int _issued;

    /// <summary>How many tokens it has issued.</summary>
    public int Issued => Volatile.Read(ref _issued);

    public double LifetimeSeconds { get; init; } = StubTokens.LifetimeSeconds;

    /// <summary>What an answer waits for.</summary>
    public Task Opening { get; set; } = Task.CompletedTask;

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => new()
    {
        Content = new StringContent(StubTokens.CreateAnswer(Interlocked.Increment(ref _issued), LifetimeSeconds), Encoding.UTF8, "application/json"),
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await Opening.ConfigureAwait(false);
        return Send(request, cancellationToken);
    }
}
