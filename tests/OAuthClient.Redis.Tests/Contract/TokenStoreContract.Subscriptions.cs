using System.Collections.Concurrent;
using OAuthClient.Redis.Tests.Engines;

namespace OAuthClient.Redis.Tests.Contract;

public abstract partial class TokenStoreContract
{
    [EngineFact]
    public async Task Subscribe_KeyIsSet_TellsAllStores()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var (heardByOne, heardByOther) = (await HearAsync(one), await HearAsync(other));

        await one.SetAsync("key", [1], LongTime);

        await heardByOne.WaitForAsync("key");
        await heardByOther.WaitForAsync("key");
    }

    /// <summary>Whoever is told reads at once.</summary>
    [EngineFact]
    public async Task Subscribe_KeyIsSet_TellsOnceItCanBeRead()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var read = new TaskCompletionSource<byte[]?>();
        await other.SubscribeAsync(key => _ = Task.Run(async () => read.TrySetResult(await other.GetAsync(key))));

        await one.SetAsync("key", [1], LongTime);

        Assert.Equal([1], await read.Task.WaitAsync(Eventually.Patience));
    }

    [EngineFact]
    public async Task Subscribe_ClaimIsGivenUp_TellsAllStores()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var heard = await HearAsync(other);
        await one.TryClaimAsync("key", "mine", LongTime);

        await one.ReleaseClaimAsync("key", "mine");

        await heard.WaitForAsync("key");
    }

    [EngineFact]
    public async Task Subscribe_ClaimOfAnotherIsGivenUp_TellsNobody()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var heard = await HearAsync(other);
        await one.TryClaimAsync("key", "mine", LongTime);

        await one.ReleaseClaimAsync("key", "theirs");
        await one.ReleaseClaimAsync("free", "mine");
        await one.SetAsync("end", [1], LongTime);

        await heard.WaitForAsync("end");
        Assert.Equal(["end"], heard.Keys);
    }

    [EngineFact]
    public async Task Subscribe_Twice_TellsBothOnce()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var first = await HearAsync(other);
        var second = await HearAsync(other);

        await one.SetAsync("key", [1], LongTime);
        await one.SetAsync("end", [1], LongTime);

        await first.WaitForAsync("end");
        await second.WaitForAsync("end");
        Assert.Equal(["end", "key"], first.Keys.Order());
        Assert.Equal(["end", "key"], second.Keys.Order());
    }

    protected static async Task<Ear> HearAsync(IOAuth2TokenStore store)
    {
        var ear = new Ear();
        Assert.True(await store.SubscribeAsync(ear.Hear));
        return ear;
    }

    /// <summary>What a subscriber was told.</summary>
    protected sealed class Ear
    {
        private readonly ConcurrentQueue<string> _keys = new();
        private readonly SemaphoreSlim _told = new(0);

        public IReadOnlyCollection<string> Keys => _keys;

        public void Hear(string key)
        {
            _keys.Enqueue(key);
            _told.Release();
        }

        public async Task WaitForAsync(string key)
        {
            while (!_keys.Contains(key))
                Assert.True(await _told.WaitAsync(Eventually.Patience), $"Nobody told of {key}, but of: {string.Join(", ", _keys)}");
        }
    }
}
