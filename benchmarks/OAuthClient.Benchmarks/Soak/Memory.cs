using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>What a cached token takes, and that the cache keeps to its bound.</summary>
internal static class Memory
{
    private const int Keys = 4_000;
    private const int Bound = 1_000;
    private const int TokenLength = 1_000;

    public static async IAsyncEnumerable<Report> RunAsync()
    {
        var all = await MeasureAsync(Keys) / Keys;
        var bounded = await MeasureAsync(Bound) / Bound;
        yield return new Report("memory")
            .Figure($"{Keys:n0} tokens of other scopes: {all:n0} bytes each, {2 * TokenLength:n0} of them the token's characters")
            .Figure($"the same with MaxTokens {Bound:n0}: {bounded:n0} bytes for each that may be kept")
            .Require(all < (2 * TokenLength) + 4_000, "at most 4,000 bytes a token beside its characters")
            .Require(bounded < all * 1.5, "the bound is kept");
    }

    /// <summary>How much memory so many tokens take that were asked for one after the other, when so many of them may be kept.</summary>
    private static async Task<long> MeasureAsync(int maxTokens)
    {
        // The endpoint takes a hundred requests a minute; the clock is moved on so that nobody waits for that, though not by the hour after which idle tokens go.
        var clock = new ManualTimeProvider();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services.AddOAuth2Client(Host.ClientName, options =>
        {
            options.TokenEndpoint = new Uri("https://sts.example/token");
            (options.ClientId, options.ClientSecret, options.MaxTokens) = ("id", "secret", maxTokens);
        });
        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(() => new Issuer());
        await using var provider = services.BuildServiceProvider();
        var tokens = provider.GetRequiredService<IOAuth2TokenProvider>();
        await tokens.GetTokenAsync(Host.ClientName);

        var before = GetSettledMemory();
        for (var i = 0; i < Keys; i++)
        {
            await tokens.GetTokenAsync(Host.ClientName, new OAuth2TokenRequest { Scopes = [$"scope-{i:d6}"] });
            clock.Advance(TimeSpan.FromSeconds(0.65));
        }

        var after = GetSettledMemory();
        GC.KeepAlive(provider);
        return after - before;
    }

    private static long GetSettledMemory()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>A token endpoint in memory, so that a server's own memory of its tokens does not count.</summary>
    private sealed class Issuer : HttpMessageHandler
    {
        private int _issued;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage
        {
            Content = new StringContent($$"""{"access_token":"{{_issued++.ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(TokenLength, 'x')}}","token_type":"Bearer","expires_in":86400}""", Encoding.UTF8, "application/json"),
        });
    }
}
