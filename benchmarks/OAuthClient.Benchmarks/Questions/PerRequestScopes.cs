using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Questions;

/// <summary>What does a call cost that names scopes of its own, and does it matter how many different ones there are? The floor's request has an option set, too.</summary>
[MemoryDiagnoser]
public class PerRequestScopes : IAsyncDisposable
{
    private static readonly HttpRequestOptionsKey<OAuth2TokenRequest> _option = new("benchmark");

    private readonly HttpMessageInvoker _floor = new(new FloorHandler { InnerHandler = new StubAnswer() });
    private OAuth2TokenRequest[] _tokenRequests = null!;
    private HttpMessageInvoker _ours = null!;
    private ServiceProvider _services = null!;
    private int _next;

    [Params(1, 100, 10_000)]
    public int Keys { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _tokenRequests = WarmClient.CreateTokenRequests(Keys);
        _services = new ServiceCollection().AddStubbedClient(maxTokens: 2 * Keys).BuildServiceProvider();
        _ours = WarmClient.Create(_services, _tokenRequests);
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        _ours.Dispose();
        _floor.Dispose();
        await _services.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public Task<HttpResponseMessage> Floor()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, WarmClient.Address);
        request.Options.Set(_option, GetNext());
        return _floor.SendAsync(request, CancellationToken.None);
    }

    [Benchmark]
    public Task<HttpResponseMessage> Ours() =>
        _ours.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address).SetOAuth2TokenRequest(GetNext()), CancellationToken.None);

    private OAuth2TokenRequest GetNext() => _tokenRequests[_next = (_next + 1) % Keys];
}
