using BenchmarkDotNet.Attributes;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Quick;

namespace OAuthClient.Benchmarks.Questions;

/// <summary>Do threads get in each other's way on one client? Times are for a fixed number of calls by each thread, so that equal times mean that they do not.</summary>
public class TwoThreads : IAsyncDisposable
{
    private readonly HttpMessageInvoker _floor = new(new FloorHandler { InnerHandler = new StubAnswer() });
    private HttpMessageInvoker _ours = null!;
    private LoopbackServer _server = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _server = await LoopbackServer.StartAsync();
        _ours = await WarmClient.CreateAsync(_server);
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        _ours.Dispose();
        _floor.Dispose();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = ThreadCalls.Calls)]
    public double Floor() => ThreadCalls.CountPerSecond(_floor, Threads);

    [Benchmark(OperationsPerInvoke = ThreadCalls.Calls)]
    public double Ours() => ThreadCalls.CountPerSecond(_ours, Threads);
}
