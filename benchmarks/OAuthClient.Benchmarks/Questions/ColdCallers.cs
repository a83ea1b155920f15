using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Peers;

namespace OAuthClient.Benchmarks.Questions;

/// <summary>What does it cost to let a thousand callers wait for one token request? The baseline is the semaphore of a hand-rolled handler.</summary>
[MemoryDiagnoser]
public class ColdCallers : IDisposable
{
    private const int Callers = 1_000;

    private readonly SkippingClock _clock = new();
    private readonly StubTokenEndpoint _endpoint = new();
    private readonly Task[] _calls = new Task[Callers];
    private readonly ServiceProvider _services;
    private readonly IOAuth2TokenProvider _tokens;
    private readonly HttpMessageInvoker _ours;
    private int _started;

    public ColdCallers()
    {
        _services = new ServiceCollection().AddSingleton<TimeProvider>(_clock).AddStubbedClient().AddStubbedEndpoint(_endpoint).BuildServiceProvider();
        _tokens = _services.GetRequiredService<IOAuth2TokenProvider>();
        _ours = new HttpMessageInvoker(_services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(StubbedServices.ClientName));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _ours.Dispose();
        _services.Dispose();
        GC.SuppressFinalize(this);
        if (_endpoint.Issued != _started)
            throw new InvalidOperationException($"{_started} times a thousand callers made {_endpoint.Issued} token requests.");
    }

    [Benchmark(Baseline = true)]
    public async Task Semaphore()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var handler = new SemaphoreHandler(
            async _ =>
            {
                await answer.Task;
                return (StubTokens.Create(0), TimeSpan.FromHours(1));
            },
            TimeSpan.FromMinutes(1))
        { InnerHandler = new StubAnswer() };
        using var client = new HttpMessageInvoker(handler);
        await CallAsync(client, answer);
    }

    [Benchmark]
    public async Task Ours()
    {
        _started++;
        _clock.Skip(TimeSpan.FromSeconds(1));
        await _tokens.InvalidateAsync(StubbedServices.ClientName);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _endpoint.Opening = answer.Task;
        await CallAsync(_ours, answer);
    }

    private async Task CallAsync(HttpMessageInvoker client, TaskCompletionSource answer)
    {
        for (var i = 0; i < Callers; i++)
            _calls[i] = client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address), CancellationToken.None);
        answer.SetResult();
        await Task.WhenAll(_calls);
    }
}
