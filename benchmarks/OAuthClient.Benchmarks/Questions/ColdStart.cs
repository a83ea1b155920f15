using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Questions;

/// <summary>
/// How long does a process take from nothing to its first call? From the host's builder on, with the JIT at its coldest: each figure is the
/// only run of its process. The floor has a host and a handler, too.
/// </summary>
[SimpleJob(RunStrategy.ColdStart, launchCount: 12, warmupCount: 0, iterationCount: 1)]
public class ColdStart
{
    [Benchmark(Baseline = true)]
    public Task Floor() => CallAsync(services => services.AddHttpClient(StubbedServices.ClientName)
        .AddHttpMessageHandler(() => new FloorHandler())
        .ConfigurePrimaryHttpMessageHandler(() => new StubAnswer()));

    [Benchmark]
    public Task Ours() => CallAsync(services => services.AddStubbedClient().AddStubbedEndpoint(new StubTokenEndpoint()));

    private static async Task CallAsync(Action<IServiceCollection> register)
    {
        var builder = Host.CreateApplicationBuilder();
        register(builder.Services);
        using var host = builder.Build();
        var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(StubbedServices.ClientName);
        await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address));
    }
}
