using OAuthClient.Redis.Tests.Engines;

namespace OAuthClient.Redis.Tests.Contract;

/// <summary>What <see cref="IOAuth2TokenStore"/> promises, of whichever store.</summary>
public abstract partial class TokenStoreContract : IAsyncLifetime
{
    protected static readonly TimeSpan LongTime = TimeSpan.FromHours(1);

    // The shortest that an entry may be given. A claim may have less.
    private static readonly TimeSpan _shortTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(100);

    private readonly List<IOAuth2TokenStore> _stores = [];

    /// <summary>One more store of what all stores of this test share, as another instance of the program has it.</summary>
    protected abstract IOAuth2TokenStore Create();

    protected IOAuth2TokenStore CreateStore()
    {
        var store = Create();
        _stores.Add(store);
        return store;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            if (store is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync();
            else
                (store as IDisposable)?.Dispose();
        }
    }

    [EngineFact]
    public async Task Get_NothingSet_IsNull() => Assert.Null(await CreateStore().GetAsync("key"));

    [EngineFact]
    public async Task Get_AfterSet_ReturnsTheSameBytes()
    {
        var store = CreateStore();
        byte[] value = [.. Enumerable.Range(0, 16 * 1024).Select(i => (byte)i)];

        await store.SetAsync("key", value, LongTime);

        Assert.Equal(value, await store.GetAsync("key"));
    }

    [EngineFact]
    public async Task Get_AfterSetByAnotherStore_ReturnsTheSameBytes()
    {
        var (one, other) = (CreateStore(), CreateStore());

        await one.SetAsync("key", [1, 0, 255], LongTime);

        Assert.Equal([1, 0, 255], await other.GetAsync("key"));
    }

    [EngineFact]
    public async Task Set_OfAKeyThatIsSet_ReplacesTheValue()
    {
        var store = CreateStore();
        await store.SetAsync("key", [1, 2, 3], LongTime);

        await store.SetAsync("key", [4], LongTime);

        Assert.Equal([4], await store.GetAsync("key"));
    }

    [EngineFact]
    public async Task Get_KeysOfAllLettersAndLengths_AreToldApart()
    {
        var store = CreateStore();
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        string[] keys = [Letters, Letters.ToLowerInvariant(), Letters.ToUpperInvariant(), Letters[..63], "k", "K", "-", "_"];

        foreach (var key in keys)
            await store.SetAsync(key, [(byte)Array.IndexOf(keys, key)], LongTime);

        foreach (var key in keys)
            Assert.Equal((byte[])[(byte)Array.IndexOf(keys, key)], await store.GetAsync(key));
    }

    [EngineFact]
    public async Task Get_TimeToLiveIsOver_IsNull()
    {
        var store = CreateStore();
        await store.SetAsync("key", [1], _shortTime);
        await store.SetAsync("other", [2], LongTime);

        await Eventually.IsTrueAsync(async () => await store.GetAsync("key") is null);

        Assert.Equal([2], await store.GetAsync("other"));
    }

    [EngineFact]
    public async Task Set_OfAKeyThatIsSet_LivesForTheNewTime()
    {
        var store = CreateStore();
        await store.SetAsync("key", [1], _shortTime);
        await store.SetAsync("key", [2], LongTime);
        await store.SetAsync("later", [3], _shortTime);

        await Eventually.IsTrueAsync(async () => await store.GetAsync("later") is null);

        Assert.Equal([2], await store.GetAsync("key"));
    }

    [EngineFact]
    public async Task Remove_OfAKeyThatIsSet_IsSeenByAll()
    {
        var (one, other) = (CreateStore(), CreateStore());
        await one.SetAsync("key", [1], LongTime);
        await one.SetAsync("other", [2], LongTime);

        await other.RemoveAsync("key");

        Assert.Null(await one.GetAsync("key"));
        Assert.Equal([2], await one.GetAsync("other"));
    }

    [EngineFact]
    public async Task Remove_OfAKeyThatIsNotSet_DoesNothing()
    {
        var store = CreateStore();

        await store.RemoveAsync("key");

        Assert.Null(await store.GetAsync("key"));
    }

    [EngineFact]
    public async Task AnyMethod_TokenIsCancelled_EndsAndDoesNothing()
    {
        var store = CreateStore();
        var cancelled = new CancellationToken(canceled: true);
        await store.SetAsync("key", [1], LongTime);
        await store.TryClaimAsync("key", "mine", LongTime);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.GetAsync("key", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.SetAsync("key", [2], LongTime, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.RemoveAsync("key", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.TryClaimAsync("free", "another", LongTime, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReleaseClaimAsync("key", "mine", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.SubscribeAsync(_ => { }, cancelled));

        Assert.Equal([1], await store.GetAsync("key"));
        Assert.False(await store.TryClaimAsync("key", "another", LongTime));
        Assert.True(await store.TryClaimAsync("free", "mine", LongTime));
    }
}
