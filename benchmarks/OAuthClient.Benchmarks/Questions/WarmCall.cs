using BenchmarkDotNet.Attributes;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Questions;

/// <summary>What does a call cost while its token is fresh? The floor sets the same headers from preallocated values and does nothing else.</summary>
[MemoryDiagnoser]
public class WarmCall : IAsyncDisposable
{
    private readonly HttpMessageInvoker _bare = new(new StubAnswer());
    private HttpMessageInvoker _floor = null!;
    private HttpMessageInvoker _ours = null!;
    private LoopbackServer _server = null!;

    public enum Header
    {
        Authorization,
        Custom,
        ApiKey,
    }

    [Params(Header.Authorization, Header.Custom, Header.ApiKey)]
    public Header Sent { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        const string customName = "X-API-Authorization";
        const string keyName = "api-key";
        const string key = "0123456789abcdef";
        _server = await LoopbackServer.StartAsync();
        DelegatingHandler floor = Sent switch
        {
            Header.Custom => new FloorHeaderHandler(customName),
            Header.ApiKey => new FloorApiKeyHandler(keyName, key),
            _ => new FloorHandler(),
        };
        floor.InnerHandler = new StubAnswer();
        _floor = new HttpMessageInvoker(floor);
        _ours = await WarmClient.CreateAsync(_server, options =>
        {
            if (Sent == Header.Custom)
                options.HeaderName = customName;
            if (Sent == Header.ApiKey)
                (options.ApiKeyHeaderName, options.ApiKey) = (keyName, key);
        });
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        _ours.Dispose();
        _floor.Dispose();
        _bare.Dispose();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public Task<HttpResponseMessage> Bare() => SendAsync(_bare);

    [Benchmark(Baseline = true)]
    public Task<HttpResponseMessage> Floor() => SendAsync(_floor);

    [Benchmark]
    public Task<HttpResponseMessage> Ours() => SendAsync(_ours);

    private static Task<HttpResponseMessage> SendAsync(HttpMessageInvoker client) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address), CancellationToken.None);
}
