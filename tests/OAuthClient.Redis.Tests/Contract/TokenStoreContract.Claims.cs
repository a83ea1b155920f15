using OAuthClient.Redis.Tests.Engines;

namespace OAuthClient.Redis.Tests.Contract;

public abstract partial class TokenStoreContract
{
    [EngineFact]
    public async Task TryClaim_NobodyHasIt_IsTrueForThatKeyAlone()
    {
        var (one, other) = (CreateStore(), CreateStore());

        Assert.True(await one.TryClaimAsync("key", "mine", LongTime));

        Assert.False(await other.TryClaimAsync("key", "theirs", LongTime));
        Assert.False(await one.TryClaimAsync("key", "another of mine", LongTime));
        Assert.True(await other.TryClaimAsync("another", "theirs", LongTime));
    }

    [EngineFact]
    public async Task TryClaim_ManyAtOnce_OneHasIt()
    {
        var stores = Enumerable.Range(0, 4).Select(_ => CreateStore()).ToArray();
        await Task.WhenAll(stores.Select(store => store.GetAsync("connect first").AsTask()));

        for (var round = 0; round < 10; round++)
        {
            var won = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () => await stores[i % stores.Length].TryClaimAsync($"key-{round}", $"claim-{i}", LongTime))));

            Assert.Single(won, true);
        }
    }

    [EngineFact]
    public async Task TryClaim_ByWhoHasIt_LivesForTheNewTime()
    {
        var (one, other) = (CreateStore(), CreateStore());
        Assert.True(await one.TryClaimAsync("longer", "mine", _shortTime));
        Assert.True(await one.TryClaimAsync("shorter", "mine", LongTime));

        Assert.True(await one.TryClaimAsync("longer", "mine", LongTime));
        Assert.True(await one.TryClaimAsync("shorter", "mine", 2 * _shortTime));

        await Eventually.IsTrueAsync(async () => await other.TryClaimAsync("shorter", "theirs", LongTime));
        Assert.False(await other.TryClaimAsync("longer", "theirs", LongTime));
    }

    [EngineFact]
    public async Task TryClaim_TimeToLiveIsOver_IsTrueForAnother()
    {
        var (one, other) = (CreateStore(), CreateStore());
        await one.TryClaimAsync("key", "mine", _moment);

        await Eventually.IsTrueAsync(async () => await other.TryClaimAsync("key", "theirs", LongTime));

        Assert.False(await one.TryClaimAsync("key", "mine", LongTime));
    }

    [EngineFact]
    public async Task TryClaim_AndItsKey_HaveNamesOfTheirOwn()
    {
        var store = CreateStore();
        await store.TryClaimAsync("claimed", "mine", LongTime);
        await store.SetAsync("set", [1], LongTime);

        Assert.Null(await store.GetAsync("claimed"));
        Assert.True(await store.TryClaimAsync("set", "mine", LongTime));

        await store.RemoveAsync("claimed");
        await store.SetAsync("claimed", [2], LongTime);
        await store.ReleaseClaimAsync("set", "mine");

        Assert.False(await store.TryClaimAsync("claimed", "theirs", LongTime));
        Assert.Equal([1], await store.GetAsync("set"));
    }

    [EngineFact]
    public async Task ReleaseClaim_ByWhoHasIt_FreesTheKey()
    {
        var (one, other) = (CreateStore(), CreateStore());
        await one.TryClaimAsync("key", "mine", LongTime);

        await one.ReleaseClaimAsync("key", "mine");

        Assert.True(await other.TryClaimAsync("key", "theirs", LongTime));
    }

    [EngineFact]
    public async Task ReleaseClaim_OfAnother_LeavesIt()
    {
        var (one, other) = (CreateStore(), CreateStore());
        await one.TryClaimAsync("key", "mine", LongTime);

        await other.ReleaseClaimAsync("key", "theirs");

        Assert.False(await other.TryClaimAsync("key", "theirs", LongTime));
    }

    [EngineFact]
    public async Task ReleaseClaim_TimeToLiveIsOver_LeavesTheOneThatCameAfter()
    {
        var (one, other) = (CreateStore(), CreateStore());
        await one.TryClaimAsync("key", "mine", _moment);
        await Eventually.IsTrueAsync(async () => await other.TryClaimAsync("key", "theirs", LongTime));

        await one.ReleaseClaimAsync("key", "mine");

        Assert.False(await one.TryClaimAsync("key", "mine", LongTime));
    }

    [EngineFact]
    public async Task ReleaseClaim_NobodyHasIt_DoesNothing()
    {
        var store = CreateStore();

        await store.ReleaseClaimAsync("key", "mine");

        Assert.True(await store.TryClaimAsync("key", "theirs", LongTime));
    }
}
