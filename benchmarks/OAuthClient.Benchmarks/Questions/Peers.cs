using Azure.Core.Pipeline;
using BenchmarkDotNet.Attributes;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Peers;
using OAuthClient.Benchmarks.Quick;

namespace OAuthClient.Benchmarks.Questions;

/// <summary>What does a warm call cost with what people use instead?</summary>
[MemoryDiagnoser]
public class Peers : IAsyncDisposable
{
    private readonly HttpMessageInvoker _floor = new(new FloorHandler { InnerHandler = new StubAnswer() });
    private readonly HttpPipeline _azure = AzurePipeline.CreateWithBearerPolicy();
    private readonly HttpPipeline _azureBare = AzurePipeline.CreateBare();
    private HttpMessageInvoker _ours = null!;
    private HttpMessageInvoker _msal = null!;
    private HttpMessageInvoker _semaphore = null!;
    private HttpMessageInvoker _memoryCache = null!;
    private LoopbackServer _server = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _server = await LoopbackServer.StartAsync();
        _ours = await WarmClient.CreateAsync(_server);
        _msal = await PeerCalls.CreateMsalAsync();
        _semaphore = await PeerCalls.CreateSemaphoreAsync();
        _memoryCache = await PeerCalls.CreateMemoryCacheAsync();
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        foreach (var client in new[] { _ours, _msal, _semaphore, _memoryCache, _floor })
            client.Dispose();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public Task<HttpResponseMessage> Floor() => SendAsync(_floor);

    [Benchmark]
    public Task<HttpResponseMessage> Ours() => SendAsync(_ours);

    [Benchmark]
    public Task<HttpResponseMessage> Semaphore() => SendAsync(_semaphore);

    [Benchmark]
    public Task<HttpResponseMessage> MemoryCache() => SendAsync(_memoryCache);

    [Benchmark]
    public Task<HttpResponseMessage> Msal() => SendAsync(_msal);

    [Benchmark]
    public ValueTask AzureWithoutPolicy() => AzurePipeline.SendAsync(_azureBare);

    [Benchmark]
    public ValueTask Azure() => AzurePipeline.SendAsync(_azure);

    private static Task<HttpResponseMessage> SendAsync(HttpMessageInvoker client) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address), CancellationToken.None);
}
