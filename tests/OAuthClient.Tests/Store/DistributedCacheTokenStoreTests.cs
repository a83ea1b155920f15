using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace OAuthClient.Tests.Store;

public sealed class DistributedCacheTokenStoreTests
{
    private const string Sentence = "AddOAuth2DistributedTokenStore needs an IDistributedCache, and none is registered. Register one, with AddStackExchangeRedisCache for instance.";

    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    private readonly MemoryDistributedCache _cache = new(Options.Create(new MemoryDistributedCacheOptions()));
    private readonly DistributedCacheTokenStore _store;
    private readonly DistributedCacheTokenStore _other;

    public DistributedCacheTokenStoreTests() => (_store, _other) = (new DistributedCacheTokenStore(_cache), new DistributedCacheTokenStore(_cache));

    [Fact]
    public async Task Get_WhatAnotherHasSet_IsThatUntilItIsReplacedOrRemoved()
    {
        Assert.Null(await _store.GetAsync("key"));

        await _store.SetAsync("key", [1, 2, 3], _life);
        Assert.Equal([1, 2, 3], await _other.GetAsync("key"));
        Assert.Equal([1, 2, 3], await _cache.GetAsync("oauthclient:key"));
        await _other.SetAsync("key", [4], _life);
        Assert.Equal([4], await _store.GetAsync("key"));

        await _store.RemoveAsync("key");
        await _store.RemoveAsync("key");
        Assert.Null(await _other.GetAsync("key"));
    }

    [Fact]
    public async Task Set_OfAnEntryOrAClaim_EndsWithItsTime()
    {
        var cache = new RecordingCache(_cache);
        var store = new DistributedCacheTokenStore(cache);

        await store.SetAsync("key", [1], _life);
        await store.TryClaimAsync("key", "mine", TimeSpan.FromSeconds(10));

        Assert.Equal([("oauthclient:key", _life), ("oauthclient:claim:key", TimeSpan.FromSeconds(10))], cache.Lives);
    }

    [Fact]
    public async Task TryClaim_UntilItIsReleased_IsOnesAlone()
    {
        Assert.True(await _store.TryClaimAsync("key", "mine", _life));
        Assert.True(await _store.TryClaimAsync("key", "mine", _life));
        Assert.False(await _other.TryClaimAsync("key", "theirs", _life));
        Assert.True(await _other.TryClaimAsync("another", "theirs", _life));
        Assert.Null(await _store.GetAsync("key"));

        await _other.ReleaseClaimAsync("key", "theirs");
        Assert.False(await _other.TryClaimAsync("key", "theirs", _life));
        await _store.ReleaseClaimAsync("key", "mine");
        Assert.True(await _other.TryClaimAsync("key", "theirs", _life));
    }

    /// <summary>Both see that nobody has it, and the one that writes last has it.</summary>
    [Fact]
    public async Task TryClaim_WhereAnotherComesInBetween_IsTheOthers()
    {
        var cache = new RecordingCache(_cache) { Set = async key => await _cache.SetStringAsync(key, "theirs") };

        Assert.False(await new DistributedCacheTokenStore(cache).TryClaimAsync("key", "mine", _life));
        Assert.True(await _other.TryClaimAsync("key", "theirs", _life));
    }

    [Fact]
    public async Task Subscribe_CannotBe() => Assert.False(await _store.SubscribeAsync(_ => { }));

    [Fact]
    public async Task Instances_WithTheSameCache_ShareAToken()
    {
        var cache = new RecordingCache(_cache);
        await using var app = await TestApp.StartAsync(services: Use);
        await using var other = app.StartAnother(services: Use);

        var token = await app.GetTokenAsync();
        await TestApp.UntilAsync(() => cache.Removed.Any(key => key.StartsWith("oauthclient:claim:", StringComparison.Ordinal)));

        Assert.Equal(token.Value, (await other.GetTokenAsync()).Value);
        Assert.Equal(1, app.Server.TokenRequests);

        void Use(IServiceCollection services) => services.AddSingleton<IDistributedCache>(cache).AddOAuth2DistributedTokenStore(options => options.Key = MemoryTokenStore.Key);
    }

    [Fact]
    public async Task Store_WithoutACache_IsASentenceWhenTheHostStarts()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOAuth2DistributedTokenStore(options => options.Key = MemoryTokenStore.Key);
        using var host = builder.Build();

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal([Sentence], exception.Failures);
    }

    [Fact]
    public async Task Store_WithoutACacheAndWithoutAHost_IsASentence()
    {
        await using var services = new ServiceCollection().AddOAuth2DistributedTokenStore(options => options.Key = MemoryTokenStore.Key).BuildServiceProvider();

        Assert.Equal(Sentence, Assert.Throws<InvalidOperationException>(() => services.GetRequiredService<IOAuth2TokenStore>()).Message);
    }

    [Fact]
    public async Task Store_WithACache_IsFine()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddDistributedMemoryCache().AddOAuth2DistributedTokenStore(options => options.Key = MemoryTokenStore.Key);
        using var host = builder.Build();

        await host.StartAsync();

        Assert.IsType<DistributedCacheTokenStore>(host.Services.GetRequiredService<IOAuth2TokenStore>());
        await host.StopAsync();
    }

    private sealed class RecordingCache(IDistributedCache cache) : IDistributedCache
    {
        public ConcurrentQueue<(string Key, TimeSpan? Life)> Lives { get; } = [];

        public ConcurrentQueue<string> Removed { get; } = [];

        public Func<string, Task>? Set { get; init; }

        public byte[]? Get(string key) => throw new NotSupportedException();

        public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => cache.GetAsync(key, token);

        public void Refresh(string key) => throw new NotSupportedException();

        public Task RefreshAsync(string key, CancellationToken token = default) => throw new NotSupportedException();

        public void Remove(string key) => throw new NotSupportedException();

        public async Task RemoveAsync(string key, CancellationToken token = default)
        {
            await cache.RemoveAsync(key, token);
            Removed.Enqueue(key);
        }

        void IDistributedCache.Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException();

        public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
        {
            Lives.Enqueue((key, options.AbsoluteExpirationRelativeToNow));
            await cache.SetAsync(key, value, options, token);
            if (Set is not null)
                await Set(key);
        }
    }
}
