using Azure.Core.Pipeline;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Peers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>What does a call cost with what people use instead? <c>ours_ns</c> stands for theirs here, so that all lines read alike.</summary>
internal static class PeerCalls
{
    private static readonly TimeSpan _margin = TimeSpan.FromMinutes(1);

    public static async Task<Line> MeasureMsalAsync() => await WarmCalls.MeasureAsync("msal", await CreateMsalAsync(), new FloorHandler(), callsPerTurn: 50);

    public static async Task<Line> MeasureSemaphoreAsync() => await WarmCalls.MeasureAsync("semaphore", await CreateSemaphoreAsync(), new FloorHandler());

    public static async Task<Line> MeasureMemoryCacheAsync() => await WarmCalls.MeasureAsync("memorycache", await CreateMemoryCacheAsync(), new FloorHandler());

    public static Task<HttpMessageInvoker> CreateMsalAsync() => CreateAsync(new MsalHandler(new StubTokenEndpoint()));

    public static Task<HttpMessageInvoker> CreateSemaphoreAsync() => CreateAsync(new SemaphoreHandler(FetchAsync, _margin));

    public static Task<HttpMessageInvoker> CreateMemoryCacheAsync() => CreateAsync(new MemoryCacheHandler(FetchAsync, _margin));

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

    private static async Task<HttpMessageInvoker> CreateAsync(DelegatingHandler handler)
    {
        handler.InnerHandler = new StubAnswer();
        var client = new HttpMessageInvoker(handler);
        await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address), CancellationToken.None);
        return client;
    }

    private static Task<(string Token, TimeSpan Lifetime)> FetchAsync(CancellationToken cancellationToken) =>
        Task.FromResult((StubTokens.Create(0), TimeSpan.FromSeconds(StubTokens.LifetimeSeconds)));
}
