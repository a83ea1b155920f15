using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>
/// What does a call cost that names scopes of its own, all of whose tokens are in the cache? The floor is the floor handler on a request
/// with one option set, which is how a request carries its wish. Bare is a request without an option, and no handler. The tokens are asked
/// for in the order in which they came; in a random one, what counts is how far the machine's memory is away, as another figure shows.
/// </summary>
internal static class OverriddenCalls
{
    // Prime to the numbers of keys, and far enough that no call finds the neighbour's memory in the processor's cache.
    private const int Stride = 3_331;

    private static readonly HttpRequestOptionsKey<OAuth2TokenRequest> _option = new("benchmark");

    public static async Task<Line> MeasureAsync(int keys)
    {
        var tokenRequests = WarmClient.CreateTokenRequests(keys);
        await using var services = new ServiceCollection().AddStubbedClient(maxTokens: 2 * keys).BuildServiceProvider();
        using var ours = WarmClient.Create(services, tokenRequests);
        using var floor = new HttpMessageInvoker(new FloorHandler { InnerHandler = new StubAnswer() });
        using var bare = new HttpMessageInvoker(new StubAnswer());
        var costs = await new Rounds(
            CallsInTurn("ours", ours, stride: 1, (request, i) => request.SetOAuth2TokenRequest(tokenRequests[i])),
            CallsInTurn("floor", floor, stride: 1, (request, i) => request.Options.Set(_option, tokenRequests[i])),
            Variant.Calls("bare", bare, WarmClient.Address),
            CallsInTurn("ours at random", ours, Stride, (request, i) => request.SetOAuth2TokenRequest(tokenRequests[i])))
        {
            CallsPerTurn = 500,
            Duration = TimeSpan.FromSeconds(1.5),
        }.MeasureAsync();
        return Line.OfCalls("overrides", costs[0], costs[1], costs[2])
            .Add("keys", keys)
            .Add("random_ns", costs[3].Nanoseconds, 1);

        Variant CallsInTurn(string name, HttpMessageInvoker client, int stride, Action<HttpRequestMessage, int> set)
        {
            var key = 0;
            return new Variant(name, async calls =>
            {
                for (var i = 0; i < calls; i++)
                {
                    key = (key + stride) % keys;
                    var request = new HttpRequestMessage(HttpMethod.Get, WarmClient.Address);
                    set(request, key);
                    await client.SendAsync(request, CancellationToken.None);
                }
            });
        }
    }
}
