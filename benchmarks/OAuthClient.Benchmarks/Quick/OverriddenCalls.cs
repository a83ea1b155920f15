using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>
/// What does a call cost that names scopes of its own, one of ten thousand, all in the cache? The floor is the floor handler on a request
/// with one option set, which is how a request carries its wish. Bare is a request without an option, and no handler.
/// </summary>
internal static class OverriddenCalls
{
    private const int Keys = 10_000;

    // Prime to the number of keys, and far enough that no call finds the neighbour's memory in the processor's cache.
    private const int Stride = 3_331;

    private static readonly HttpRequestOptionsKey<OAuth2TokenRequest> _option = new("benchmark");

    public static async Task<Line> MeasureAsync(LoopbackServer server)
    {
        var tokenRequests = WarmClient.CreateTokenRequests(Keys);
        using var ours = await WarmClient.CreateAsync(server, tokenRequests);
        using var floor = new HttpMessageInvoker(new FloorHandler { InnerHandler = new StubAnswer() });
        using var bare = new HttpMessageInvoker(new StubAnswer());

        // The clock that let time pass for ten thousand token requests costs more than the system's, which programs have: by so much.
        using var withSystemClock = await WarmClient.CreateAsync(server);
        using var withSkippingClock = await WarmClient.CreateAsync(server, clock: new SkippingClock());

        var (ourKey, floorKey) = (0, 0);
        var costs = await new Rounds(
            new Variant("ours", async calls =>
            {
                for (var i = 0; i < calls; i++)
                {
                    ourKey = (ourKey + Stride) % Keys;
                    await ours.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address).SetOAuth2TokenRequest(tokenRequests[ourKey]), CancellationToken.None);
                }
            }),
            new Variant("floor", async calls =>
            {
                for (var i = 0; i < calls; i++)
                {
                    floorKey = (floorKey + Stride) % Keys;
                    var request = new HttpRequestMessage(HttpMethod.Get, WarmClient.Address);
                    request.Options.Set(_option, tokenRequests[floorKey]);
                    await floor.SendAsync(request, CancellationToken.None);
                }
            }),
            Variant.Calls("bare", bare, WarmClient.Address),
            Variant.Calls("system clock", withSystemClock, WarmClient.Address),
            Variant.Calls("skipping clock", withSkippingClock, WarmClient.Address))
        {
            CallsPerTurn = 300,
            Duration = TimeSpan.FromSeconds(2),
        }.MeasureAsync();
        var clock = costs[4].Nanoseconds - costs[3].Nanoseconds;
        return Line.OfCalls("overrides", costs[0] with { Nanoseconds = costs[0].Nanoseconds - clock }, costs[1], costs[2])
            .Add("keys", Keys)
            .Add("clock_ns", clock, 1);
    }
}
