using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Store;

/// <summary>A store that is slow, down, broken or gone is a miss, and costs next to nothing.</summary>
public sealed class SealedStoreTests
{
    private static readonly string[] _all = ["get", "set", "remove", "claim", "release"];

    public static TheoryData<string> Operations => new(_all);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_AStoreThatHangs_IsGivenUpInTime(bool honoursItsToken)
    {
        var stage = new StoreStage();
        var store = stage.Create();
        await store.WriteTextAsync("token");
        stage.Memory.Before = (_, token) => new(honoursItsToken ? Task.Delay(Timeout.Infinite, token) : new TaskCompletionSource().Task);

        var read = store.ReadTextsAsync();
        stage.Advance(0.249);
        Assert.False(read.IsCompleted);
        stage.Advance(0.001);

        Assert.Empty(await read);
        Assert.Equal(1, stage.Log.Count(LogLevel.Warning, "since it did not answer within 250 ms. Until"));
    }

    [Fact]
    public async Task Ask_SynchronouslyAStoreThatHangs_IsGivenUpInTime()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        stage.Memory.Before = (_, _) => new(new TaskCompletionSource().Task);
        var read = Task.Factory.StartNew(() => store.ReadAsync(StoreStage.Id, async: false).AsTask().GetAwaiter().GetResult(), TaskCreationOptions.LongRunning);
        await TestApp.UntilAsync(() => stage.Count("get") == 1);

        stage.Advance(0.25);

        Assert.Empty(await read.WaitAsync(Dose.Patience));
    }

    /// <summary>A connection has to be made for the first answer, which takes its time in a process that has just started.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_ForTheFirstTime_WaitsForTheConnection(bool answers)
    {
        var stage = new StoreStage();
        var store = stage.Create(options => (options.Key, options.ConnectTimeout) = (MemoryTokenStore.Key, TimeSpan.FromSeconds(5)));
        var connected = new TaskCompletionSource();
        stage.Memory.Before = (_, _) => new(connected.Task);

        var read = store.ReadTextsAsync();
        stage.Advance(4.999);
        Assert.False(read.IsCompleted);
        if (answers)
            connected.SetResult();
        else
            stage.Advance(0.001);
        Assert.Empty(await read);
        Assert.Equal(answers ? 0 : 1, stage.Failures);

        stage.Advance(2);
        stage.Memory.Before = (_, _) => new(new TaskCompletionSource().Task);
        var second = store.ReadTextsAsync();
        stage.Advance(0.25);
        Assert.Empty(await second.WaitAsync(Dose.Patience));
    }

    [Fact]
    public async Task Ask_WithATimeoutOfItsOwn_WaitsThatLong()
    {
        var stage = new StoreStage();
        var store = stage.Create(options => (options.Key, options.Timeout) = (MemoryTokenStore.Key, TimeSpan.FromSeconds(10)));
        await store.ReadTextsAsync();
        stage.Memory.Before = (_, _) => new(new TaskCompletionSource().Task);

        var read = store.ReadTextsAsync();
        stage.Advance(9.999);
        Assert.False(read.IsCompleted);
        stage.Advance(0.001);

        Assert.Empty(await read);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_AStoreThatFails_OneInTwoSecondsPaysAndTheLogSaysSoOnce(bool throwsSynchronously)
    {
        var stage = new StoreStage();
        var store = stage.Create();
        await store.WriteTextAsync("token");
        stage.Memory.Before = (_, _) => throwsSynchronously ? throw new InvalidOperationException("redis:6379,password=secret") : new(Task.FromException(new InvalidOperationException("redis:6379,password=secret")));

        var before = stage.Memory.Operations.Count;
        for (var tenth = 0; tenth < 99; tenth++)
        {
            Assert.Empty(await store.ReadTextsAsync());
            Assert.NotNull(await store.ClaimAsync());
            await store.WriteTextAsync("another");
            stage.Advance(0.1);
        }

        Assert.Equal(5, stage.Memory.Operations.Count - before);
        Assert.Equal(1, stage.Log.Count(LogLevel.Warning, "The token store is left alone for a while, since it failed with InvalidOperationException. Until it answers again each instance gets tokens of its own."));
        Assert.DoesNotContain(stage.Log.Entries, entry => entry.Message.Contains("secret", StringComparison.Ordinal));

        stage.Memory.Before = null;
        stage.Advance(2);
        for (var i = 0; i < 3; i++)
            Assert.Equal(["token"], await store.ReadTextsAsync());
        Assert.Equal((1, 1), (stage.Failures, stage.Recoveries));
    }

    /// <summary>Those who ask at the same time as the one that finds it out wait with it, and no longer.</summary>
    [Fact]
    public async Task Ask_ByManyAStoreThatHangs_OneInTwoSecondsPays()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        stage.Memory.Before = (operation, _) => operation == "get" ? new(new TaskCompletionSource().Task) : default;
        var first = Enumerable.Range(0, 20).Select(_ => store.ReadTextsAsync()).ToArray();
        stage.Advance(0.25);
        await Task.WhenAll(first);

        Assert.Equal(20, Enumerable.Range(0, 20).Count(_ => store.ReadTextsAsync().IsCompleted));
        stage.Advance(2);
        var later = Enumerable.Range(0, 20).Select(_ => store.ReadTextsAsync()).ToArray();

        Assert.Equal(1, later.Count(read => !read.IsCompleted));
        Assert.Equal(21, stage.Count("get"));
        stage.Advance(0.25);
        Assert.All(await Task.WhenAll(later), Assert.Empty);
        Assert.Equal(1, stage.Failures);
    }

    /// <summary>A store that may be read and not be written, or whose disk is full: what it can do is of use, and the log is not filled with the rest.</summary>
    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Ask_AStoreThatFailsAtOneOperation_FailsNobodyAndSaysSoOnceAMinute(string broken)
    {
        var stage = new StoreStage();
        var store = stage.Create();
        await store.WriteTextAsync("token");
        stage.Memory.Before = (operation, _) => operation == broken ? throw new InvalidOperationException() : default;
        var found = 0;

        for (var second = 0; second < 120; second++)
        {
            found += (await store.ReadTextsAsync()).Length;
            if (await store.ClaimAsync() is { } claim)
            {
                await store.WriteTextAsync("token");
                await store.GiveUpAsync(claim);
            }

            await store.RemoveAsync("another", async: true);
            stage.Advance(1);
        }

        Assert.Equal(broken != "get", found > 0);
        Assert.InRange(stage.Failures, 1, 3);
        Assert.InRange(stage.Recoveries, 0, stage.Failures);
    }

    [Fact]
    public async Task Ask_AStoreThatFailsAgainForLong_IsToldWithinAMinute()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        Break();
        await store.ReadTextsAsync();
        stage.Memory.Before = null;
        stage.Advance(2);
        await store.ReadTextsAsync();
        Break();
        for (var second = 0; second < 100; second++)
        {
            await store.ReadTextsAsync();
            stage.Advance(1);
        }

        Assert.Equal((2, 1), (stage.Failures, stage.Recoveries));

        void Break() => stage.Memory.Before = (_, _) => throw new InvalidOperationException();
    }

    [Fact]
    public async Task Ask_AStoreThatHasBeenDisposedOf_IsAMiss()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        stage.Memory.Before = (_, _) => throw new ObjectDisposedException("multiplexer");

        Assert.Empty(await store.ReadTextsAsync());
        Assert.Equal(1, stage.Failures);
    }

    [Fact]
    public async Task Ask_AStoreThatCancelsByItself_IsAMiss()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        stage.Memory.Before = (_, _) => new(Task.FromCanceled(new CancellationToken(canceled: true)));

        Assert.Empty(await store.ReadTextsAsync());
        Assert.Equal(1, stage.Log.Count(LogLevel.Warning, "since it failed with TaskCanceledException."));
    }
}
