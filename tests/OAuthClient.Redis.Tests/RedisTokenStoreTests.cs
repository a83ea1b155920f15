using System.Runtime.CompilerServices;
using OAuthClient.Redis.Tests.Contract;
using OAuthClient.Redis.Tests.Engines;
using StackExchange.Redis;

namespace OAuthClient.Redis.Tests;

/// <summary>The store on an engine, and what it leaves there.</summary>
public abstract class RedisTokenStoreTests(IEngine engine) : TokenStoreContract
{
    private readonly string _prefix = $"test-{Guid.NewGuid():N}:";

    protected override IOAuth2TokenStore Create() => new RedisTokenStore(Describe(), () => null);

    [EngineFact]
    public async Task Names_OfEntriesAndClaims_BeginWithThePrefixAndGoAway()
    {
        var store = CreateStore();
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(engine.Address);
        var database = multiplexer.GetDatabase();

        await store.SetAsync("key", [1], LongTime);
        await store.TryClaimAsync("key", "mine", LongTime);

        Assert.Equal([1], (byte[]?)await database.StringGetAsync($"{_prefix}entry:key"));
        Assert.Equal("mine", await database.StringGetAsync($"{_prefix}claim:key"));
        Assert.InRange((await database.KeyTimeToLiveAsync($"{_prefix}entry:key"))!.Value, LongTime / 2, LongTime);
        Assert.InRange((await database.KeyTimeToLiveAsync($"{_prefix}claim:key"))!.Value, LongTime / 2, LongTime);
    }

    [EngineFact]
    public async Task KeyPrefix_Differs_SharesNothing()
    {
        var store = CreateStore();
        using var stranger = new RedisTokenStore(Describe(options => options.KeyPrefix = $"{_prefix}2:"), () => null);
        var heard = await HearAsync(store);

        await stranger.SetAsync("key", [1], LongTime);
        await stranger.TryClaimAsync("key", "theirs", LongTime);

        Assert.Null(await store.GetAsync("key"));
        Assert.True(await store.TryClaimAsync("key", "mine", LongTime));
        await store.SetAsync("end", [1], LongTime);
        await heard.WaitForAsync("end");
        Assert.Equal(["end"], heard.Keys);
    }

    [EngineFact]
    public async Task Database_IsSet_HoldsTheEntries()
    {
        using var store = new RedisTokenStore(Describe(options => options.Database = 3), () => null);
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(engine.Address);

        await store.SetAsync("key", [1], LongTime);

        Assert.True(await multiplexer.GetDatabase(3).KeyExistsAsync($"{_prefix}entry:key"));
        Assert.False(await multiplexer.GetDatabase(0).KeyExistsAsync($"{_prefix}entry:key"));
    }

    [EngineFact]
    public async Task TryClaim_ClaimEndsBeforeItIsExtended_IsTrue()
    {
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(engine.Address);
        using var store = CreateStore(multiplexer, nameof(IDatabase.LockExtendAsync));
        await store.TryClaimAsync("key", "mine", LongTime);

        Assert.True(await store.TryClaimAsync("key", "mine", LongTime));

        Assert.False(await CreateStore().TryClaimAsync("key", "theirs", LongTime));
    }

    [EngineFact]
    public async Task TryClaim_ClaimOfAnotherEndsBeforeItIsRead_IsTrue()
    {
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(engine.Address);
        using var store = CreateStore(multiplexer, nameof(IDatabase.StringGetAsync));
        await CreateStore().TryClaimAsync("key", "theirs", LongTime);

        Assert.True(await store.TryClaimAsync("key", "mine", LongTime));

        Assert.False(await CreateStore().TryClaimAsync("key", "theirs", LongTime));
    }

    /// <summary>A claim ends just before the command of that name is sent for the first time.</summary>
    private RedisTokenStore CreateStore(ConnectionMultiplexer multiplexer, string command)
    {
        var ended = false;
        return new(Describe(), new RedisConnection(() => Task.FromResult(Interposed.Create<IConnectionMultiplexer>(multiplexer, Before)), owned: false));

        void Before(string name)
        {
            if (name == command && !ended)
                ended = multiplexer.GetDatabase().KeyDelete($"{_prefix}claim:key");
        }
    }

    private OAuth2RedisTokenStoreOptions Describe(Action<OAuth2RedisTokenStoreOptions>? configure = null)
    {
        var options = new OAuth2RedisTokenStoreOptions { Configuration = engine.Address, KeyPrefix = _prefix };
        configure?.Invoke(options);
        return options;
    }
}

[Collection(GarnetEngine.Collection)]
public sealed class RedisTokenStoreOnGarnetTests(GarnetEngine engine) : RedisTokenStoreTests(engine);

[Collection(RedisServerEngine.Collection)]
[NeedsRedisServer]
public sealed class RedisTokenStoreOnRedisServerTests(RedisServerEngine engine) : RedisTokenStoreTests(engine)
{
    private readonly RedisServerEngine _engine = engine;

    [EngineFact]
    public async Task Readme_UserOfItsOwn_MayDoAllThatTheStoreDoes()
    {
        var words = (await File.ReadAllLinesAsync(FindReadme())).Single(line => line.StartsWith("ACL SETUSER ", StringComparison.Ordinal)).Split(' ');
        await using var process = await _engine.StartProcessAsync();
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync($"{process.Address},allowAdmin=true");
        await multiplexer.GetDatabase().ExecuteAsync(words[0], words[1..]);
        using var store = new RedisTokenStore(new() { Configuration = $"{process.Address},user={words[2]},password={words[4][1..]}" }, () => null);
        var heard = await HearAsync(store);

        await store.SetAsync("key", [1], LongTime);
        Assert.Equal([1], await store.GetAsync("key"));
        await store.RemoveAsync("key");
        Assert.True(await store.TryClaimAsync("claimed", "mine", LongTime));
        Assert.True(await store.TryClaimAsync("claimed", "mine", LongTime));
        await store.ReleaseClaimAsync("claimed", "mine");

        await heard.WaitForAsync("key");
        await heard.WaitForAsync("claimed");
    }

    private static string FindReadme([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src", "OAuthClient.Redis", "README.md");
}
