using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient;

namespace Smoke;

/// <summary>Two instances of a program that share a token, by each of the stores.</summary>
internal sealed class StoreScenes(Servers servers)
{
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public async Task ShareInCacheAsync()
    {
        await using var shared = new ServiceCollection().AddDistributedMemoryCache().BuildServiceProvider();
        var cache = shared.GetRequiredService<IDistributedCache>();
        await ShareAsync(services => services.AddSingleton(cache).AddOAuth2DistributedTokenStore(Seal));
    }

    public async Task ShareInFilesAsync()
    {
        var folder = Directory.CreateTempSubdirectory("smoke-");
        try
        {
            await ShareAsync(services => services.AddOAuth2FileTokenStore(folder.FullName, Seal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public Task ShareInRedisAsync() => ShareAsync(services => services.AddOAuth2RedisTokenStore(options =>
    {
        options.Configuration = servers.Redis;
        Seal(options);
    }));

    public Task ShareInOwnAsync()
    {
        var store = new OwnStore();
        return ShareAsync(services => services.AddOAuth2TokenStore(_ => store, Seal));
    }

    private void Seal(OAuth2TokenStoreOptions options) => options.Key = _key;

    private async Task ShareAsync(Action<IServiceCollection> addStore)
    {
        var hits = 0;
        using var meters = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Meter.Name == "OAuthClient") listener.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<long>((_, count, tags, _) => hits += tags[0].Value is "hit" ? (int)count : 0);
        meters.Start();

        var services = new ServiceCollection();
        services.AddOAuth2Client("orders", options => servers.Configure(options));
        addStore(services);
        await using var first = services.BuildServiceProvider();
        await using var second = services.BuildServiceProvider();
        var token = await first.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync("orders");
        await CodeScenes.PostAsync(second.GetRequiredService<IHttpClientFactory>().CreateClient("orders"), "shared");
        var other = await second.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync("orders");
        CodeScenes.Check(token.Value == other.Value && hits == 1, $"Two instances with one store were to have one token; {hits} tokens were found in it.");
    }

    private sealed class OwnStore : IOAuth2TokenStore
    {
        private readonly ConcurrentDictionary<string, byte[]> _entries = new();
        private readonly ConcurrentDictionary<string, string> _claims = new();

        public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken) => new(_entries.GetValueOrDefault(key));

        public ValueTask SetAsync(string key, byte[] value, TimeSpan timeToLive, CancellationToken cancellationToken)
        {
            _entries[key] = value;
            return default;
        }

        public ValueTask RemoveAsync(string key, CancellationToken cancellationToken)
        {
            _entries.TryRemove(key, out _);
            return default;
        }

        public ValueTask<bool> TryClaimAsync(string key, string claim, TimeSpan timeToLive, CancellationToken cancellationToken) => new(_claims.GetOrAdd(key, claim) == claim);

        public ValueTask ReleaseClaimAsync(string key, string claim, CancellationToken cancellationToken)
        {
            _claims.TryRemove(KeyValuePair.Create(key, claim));
            return default;
        }

        public ValueTask<bool> SubscribeAsync(Action<string> changed, CancellationToken cancellationToken) => new(false);
    }
}
