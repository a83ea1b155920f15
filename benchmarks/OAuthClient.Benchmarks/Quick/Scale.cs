using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>What does a cached token take, and does finding it take longer the more there are? The tokens are those of other scopes of one client.</summary>
internal sealed class Scale : IDisposable
{
    private const int MaxTokens = 200_000;
    private const int Stride = 77_773;

    private readonly int _keys;
    private readonly OAuth2TokenRequest[] _tokenRequests;
    private readonly SkippingClock _clock = new();
    private readonly ServiceProvider _services;
    private readonly IOAuth2TokenProvider _tokens;
    private double _bytesPerKey;
    private int _key;

    private Scale(int keys)
    {
        _keys = keys;
        _tokenRequests = WarmClient.CreateTokenRequests(keys);
        _services = new ServiceCollection().AddSingleton<TimeProvider>(_clock).AddStubbedClient(maxTokens: MaxTokens).AddStubbedEndpoint(new StubTokenEndpoint()).BuildServiceProvider();
        _tokens = _services.GetRequiredService<IOAuth2TokenProvider>();
    }

    public static async Task<IReadOnlyList<Line>> MeasureAsync(params int[] keys)
    {
        var scales = new List<Scale>();
        foreach (var count in keys)
        {
            var scale = new Scale(count);
            await scale.FillAsync();
            scales.Add(scale);
        }

        // Each finds all of its keys about as often as another finds its own: what differs is the number.
        var costs = await new Rounds([.. scales.Select(scale => new Variant("ours", scale.LookUpAsync))]) { CallsPerTurn = 300 }.MeasureAsync();
        var lines = scales.Select((scale, i) => new Line("scale")
            .Add("keys", scale._keys)
            .Add("bytes_per_key", scale._bytesPerKey)
            .Add("ns", costs[i].Nanoseconds)
            .Add("flatness", costs[i].Nanoseconds / costs[0].Nanoseconds, 2)).ToList();
        scales.ForEach(scale => scale.Dispose());
        return lines;
    }

    public void Dispose() => _services.Dispose();

    private async Task FillAsync()
    {
        await _tokens.GetTokenAsync(StubbedServices.ClientName);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await WarmClient.FillAsync(_clock, _tokenRequests, request => _tokens.GetTokenAsync(StubbedServices.ClientName, request).AsTask());
        _bytesPerKey = ((double)(GC.GetTotalMemory(forceFullCollection: true) - before) / _keys) - (sizeof(char) * StubTokens.Length);
    }

    private async ValueTask LookUpAsync(int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            _key = (_key + Stride) % _keys;
            await _tokens.GetTokenAsync(StubbedServices.ClientName, _tokenRequests[_key]);
        }
    }
}
