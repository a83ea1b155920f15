namespace OAuthClient.Benchmarks.Handlers;

/// <summary>The library's handler over an API that answers at once, with its tokens in the cache.</summary>
internal static class WarmClient
{
    public static readonly Uri Address = new("https://api.example/orders/42");

    public static async Task<HttpMessageInvoker> CreateAsync(LoopbackServer server, Action<OAuth2ClientOptions>? configure = null, TimeProvider? clock = null)
    {
        var options = CreateOptions(server);
        configure?.Invoke(options);
        var client = new HttpMessageInvoker(OAuth2Handler.Create(options, new StubAnswer(), clock));
        await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Address), CancellationToken.None);
        return client;
    }

    /// <summary>A client that has a token for each of the requests.</summary>
    public static async Task<HttpMessageInvoker> CreateAsync(LoopbackServer server, IReadOnlyList<OAuth2TokenRequest> tokenRequests)
    {
        var clock = new SkippingClock();
        var client = await CreateAsync(server, options => options.MaxTokens = 2 * tokenRequests.Count, clock);
        await FillAsync(clock, tokenRequests, request => client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Address).SetOAuth2TokenRequest(request), CancellationToken.None));
        return client;
    }

    public static OAuth2ClientOptions CreateOptions(LoopbackServer server) => new()
    {
        TokenEndpoint = server.TokenEndpoint,
        ClientId = "benchmark",
        ClientSecret = "secret",
        BaseAddress = Address,
    };

    /// <summary>Requests for as many different scopes.</summary>
    public static OAuth2TokenRequest[] CreateTokenRequests(int count) =>
        [.. Enumerable.Range(0, count).Select(number => new OAuth2TokenRequest { Scopes = [$"scope-{number:d6}"] })];

    /// <summary>Asks for each token once, no more than the token endpoint takes in a minute.</summary>
    public static async Task FillAsync(SkippingClock clock, IReadOnlyList<OAuth2TokenRequest> tokenRequests, Func<OAuth2TokenRequest, Task> ask)
    {
        const int perMinute = 90;
        const int perHour = 50 * perMinute;
        for (var i = 0; i < tokenRequests.Count; i++)
        {
            if (i % perMinute == 0)
                clock.Skip(TimeSpan.FromSeconds(61));
            await ask(tokenRequests[i]);

            // What nobody asks for within an hour is dropped.
            for (var used = 0; used < i && i % perHour == 0; used++)
                await ask(tokenRequests[used]);
        }
    }
}
