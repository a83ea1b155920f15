using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>What does a call cost while its token is fresh?</summary>
internal static class WarmCalls
{
    private const string HeaderName = "X-API-Authorization";
    private const string ApiKeyName = "api-key";
    private const string ApiKey = "0123456789abcdef";

    public static async Task<Line> MeasureAsync(string name, LoopbackServer server) =>
        await MeasureAsync(name, await WarmClient.CreateAsync(server), new FloorHandler());

    public static async Task<Line> MeasureCustomHeaderAsync(LoopbackServer server) =>
        await MeasureAsync("custom", await WarmClient.CreateAsync(server, options => options.HeaderName = HeaderName), new FloorHeaderHandler(HeaderName));

    public static async Task<Line> MeasureApiKeyAsync(LoopbackServer server)
    {
        var ours = await WarmClient.CreateAsync(server, options => (options.ApiKeyHeaderName, options.ApiKey) = (ApiKeyName, ApiKey));
        return await MeasureAsync("apikey", ours, new FloorApiKeyHandler(ApiKeyName, ApiKey));
    }

    /// <summary>A client whose token other instances share, which a call with a fresh one is to know nothing of.</summary>
    public static async Task<Line> MeasureSharedAsync(LoopbackServer server)
    {
        var services = new ServiceCollection().AddDistributedMemoryCache().AddOAuth2DistributedTokenStore(options => options.Key = Convert.ToBase64String(new byte[32]));
        services.AddOAuth2Client("shared", options =>
        {
            var usual = WarmClient.CreateOptions(server);
            (options.TokenEndpoint, options.ClientId, options.ClientSecret, options.BaseAddress) = (usual.TokenEndpoint, usual.ClientId, usual.ClientSecret, usual.BaseAddress);
        });
        await using var provider = services.BuildServiceProvider();
        var client = new HttpMessageInvoker(new AccessTokenHandler(provider.GetRequiredService<OAuth2Clients>().Get("shared")) { InnerHandler = new StubAnswer() });
        await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, WarmClient.Address), CancellationToken.None);
        return await MeasureAsync("shared", client, new FloorHandler());
    }

    public static async Task<Line> MeasureNewUriAsync(LoopbackServer server)
    {
        var address = WarmClient.Address.OriginalString;
        using var ours = await WarmClient.CreateAsync(server);
        using var floor = new HttpMessageInvoker(new FloorHandler { InnerHandler = new StubAnswer() });
        using var bare = new HttpMessageInvoker(new StubAnswer());
        var costs = await new Rounds(
            Variant.CallsToNewUri("ours", ours, address),
            Variant.CallsToNewUri("floor", floor, address),
            Variant.CallsToNewUri("bare", bare, address)).MeasureAsync();
        return Line.OfCalls("freshuri", costs[0], costs[1], costs[2]);
    }

    /// <summary>The client, which is disposed then, beside a floor.</summary>
    public static async Task<Line> MeasureAsync(string name, HttpMessageInvoker client, DelegatingHandler floorHandler, int callsPerTurn = 1_000)
    {
        floorHandler.InnerHandler = new StubAnswer();
        using var ours = client;
        using var floor = new HttpMessageInvoker(floorHandler);
        using var bare = new HttpMessageInvoker(new StubAnswer());
        var costs = await new Rounds(
            Variant.Calls("ours", ours, WarmClient.Address),
            Variant.Calls("floor", floor, WarmClient.Address),
            Variant.Calls("bare", bare, WarmClient.Address))
        {
            CallsPerTurn = callsPerTurn,
        }.MeasureAsync();
        return Line.OfCalls(name, costs[0], costs[1], costs[2]);
    }
}
