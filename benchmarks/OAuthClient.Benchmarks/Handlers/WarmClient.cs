using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>The library's handler over an API that answers at once, with its tokens in the cache.</summary>
internal static class WarmClient
{
    public static readonly Uri Address = new("https://api.example/orders/42");

    public static async Task<HttpMessageInvoker> CreateAsync(LoopbackServer server, Action<OAuth2ClientOptions>? configure = null)
    {
        var options = CreateOptions(server);
        configure?.Invoke(options);
        var client = new HttpMessageInvoker(OAuth2Handler.Create(options, new StubAnswer()));
        await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Address), CancellationToken.None);
        return client;
    }

    /// <summary>One that has a token for each of the requests.</summary>
    public static HttpMessageInvoker Create(IServiceProvider services, IReadOnlyList<OAuth2TokenRequest> tokenRequests)
    {
        var client = services.GetRequiredService<OAuth2Clients>().Get(StubbedServices.ClientName);
        PlacedTokens.Place(client, tokenRequests);
        return new HttpMessageInvoker(new AccessTokenHandler(client) { InnerHandler = new StubAnswer() });
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
}
