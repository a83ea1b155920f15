using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Quick;

namespace OAuthClient.Benchmarks.Questions;

/// <summary>What is left of a handler's cost when the call goes through the factory's pipeline and a real connection?</summary>
[MemoryDiagnoser]
public class WarmCallSockets : IAsyncDisposable
{
    private LoopbackServer _server = null!;
    private ServiceProvider _services = null!;
    private HttpClient _bare = null!;
    private HttpClient _floor = null!;
    private HttpClient _ours = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _server = await LoopbackServer.StartAsync();
        _services = SocketCalls.CreateServices(_server);
        var clients = _services.GetRequiredService<IHttpClientFactory>();
        (_bare, _floor, _ours) = (clients.CreateClient("bare"), clients.CreateClient("floor"), clients.CreateClient("ours"));
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public Task Bare() => SendAsync(_bare);

    [Benchmark(Baseline = true)]
    public Task Floor() => SendAsync(_floor);

    [Benchmark]
    public Task Ours() => SendAsync(_ours);

    private async Task SendAsync(HttpClient client)
    {
        using var response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, _server.Api));
    }
}
