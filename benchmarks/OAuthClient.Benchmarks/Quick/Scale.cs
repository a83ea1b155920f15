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
    private readonly ServiceProvider _services;
    private readonly IOAuth2TokenProvider _tokens;
    private double _bytesPerKey;

    private Scale(int keys)
    {
        _keys = keys;
        _tokenRequests = WarmClient.CreateTokenRequests(keys);
        _services = new ServiceCollection().AddStubbedClient(maxTokens: MaxTokens).BuildServiceProvider();
        _tokens = _services.GetRequiredService<IOAuth2TokenProvider>();
    }

    public static async Task<IReadOnlyList<Line>> MeasureAsync(params int[] keys)
    {
        var scales = new List<Scale>();
        foreach (var count in keys)
        {
            var scale = new Scale(count);
            scale.Fill();
            scales.Add(scale);
        }

        // In the order in which they came, and in one in which no look-up finds its neighbour's memory in the processor's cache.
        var costs = await new Rounds([.. scales.Select(scale => scale.LookUps("in order", 1)), .. scales.Select(scale => scale.LookUps("at random", Stride))]) { CallsPerTurn = 300 }.MeasureAsync();
        var lines = scales.Select((scale, i) => new Line("scale")
            .Add("keys", scale._keys)
            .Add("bytes_per_key", scale._bytesPerKey)
            .Add("ns", costs[i].Nanoseconds)
            .Add("flatness", costs[i].Nanoseconds / costs[0].Nanoseconds, 2)
            .Add("random_ns", costs[scales.Count + i].Nanoseconds)).ToList();
        scales.ForEach(scale => scale.Dispose());
        return lines;
    }

    public void Dispose() => _services.Dispose();

    private void Fill()
    {
        var client = _services.GetRequiredService<OAuth2Clients>().Get(StubbedServices.ClientName);
        PlacedTokens.Place(client, [new OAuth2TokenRequest { Scopes = ["first"] }]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        PlacedTokens.Place(client, _tokenRequests);
        _bytesPerKey = ((double)(GC.GetTotalMemory(forceFullCollection: true) - before) / _keys) - (sizeof(char) * StubTokens.Length);
    }

    private Variant LookUps(string name, int stride)
    {
        var key = 0;
        return new Variant(name, async calls =>
        {
            for (var i = 0; i < calls; i++)
            {
                key = (key + stride) % _keys;
                await _tokens.GetTokenAsync(StubbedServices.ClientName, _tokenRequests[key]);
            }
        });
    }
}
