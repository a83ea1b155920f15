using Azure.Core.Pipeline;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Peers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>What does a call cost with what people use instead? <c>ours_ns</c> stands for theirs here, so that all lines read alike.</summary>
internal static class PeerCalls
{
    private static readonly TimeSpan _margin = TimeSpan.FromMinutes(1);

    public static Task<Line> MeasureMsalAsync() => MeasureAsync("msal", new MsalHandler(new StubTokenEndpoint()), callsPerTurn: 50);

    public static Task<Line> MeasureSemaphoreAsync() => MeasureAsync("semaphore", new SemaphoreHandler(FetchAsync, _margin));

    public static Task<Line> MeasureMemoryCacheAsync() => MeasureAsync("memorycache", new MemoryCacheHandler(FetchAsync, _margin));

    public static async Task<Line> MeasureAzureAsync()
    {
        var costs = await new Rounds(
            Send("azure", AzurePipeline.CreateWithBearerPolicy()),
            Send("floor", AzurePipeline.CreateFloor()),
            Send("bare", AzurePipeline.CreateBare()))
        { CallsPerTurn = 300 }.MeasureAsync();
        return Line.OfCalls("azure", costs[0], costs[1], costs[2]);
    }

    private static Variant Send(string name, HttpPipeline pipeline) => new(name, async calls =>
    {
        for (var i = 0; i < calls; i++)
            await AzurePipeline.SendAsync(pipeline);
    });

    private static async Task<Line> MeasureAsync(string name, DelegatingHandler handler, int callsPerTurn = 1_000)
    {
        handler.InnerHandler = new StubAnswer();
        var client = new HttpMessageInvoker(handler);
        await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address), CancellationToken.None);
        return await WarmCalls.MeasureAsync(name, client, new FloorHandler(), callsPerTurn);
    }

    private static Task<(string Token, TimeSpan Lifetime)> FetchAsync(CancellationToken cancellationToken) =>
        Task.FromResult((StubTokens.Create(0), TimeSpan.FromSeconds(StubTokens.LifetimeSeconds)));
}
