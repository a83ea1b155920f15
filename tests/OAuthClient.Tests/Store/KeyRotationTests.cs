using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Store;

/// <summary>While a key is replaced, instances that are a step apart share what they have.</summary>
public sealed class KeyRotationTests : IDisposable
{
    private const byte Old = 1;
    private const byte New = 2;

    private static readonly byte[][] _steps = [[Old], [Old, New], [New, Old], [New]];

    private readonly string _file = Path.GetTempFileName();

    /// <summary>The steps that instances of a fleet may be at, at the same time; also with keys whose names sort the other way round.</summary>
    public static TheoryData<int, int, bool> Mixtures
    {
        get
        {
            var data = new TheoryData<int, int, bool>();
            foreach (var (one, other) in new[] { (0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3) })
            {
                data.Add(one, other, false);
                data.Add(one, other, true);
            }

            return data;
        }
    }

    public void Dispose() => File.Delete(_file);

    [Theory]
    [MemberData(nameof(Mixtures))]
    public async Task Read_AmongInstancesAStepApart_FindsTheOthersNewest(int one, int other, bool isSwapped)
    {
        var stage = new StoreStage();
        var (first, second) = (With(stage, one, isSwapped), With(stage, other, isSwapped));
        await first.WriteTextAsync("first");
        Assert.Contains("first", await second.ReadTextsAsync());
        await second.WriteTextAsync("second");

        // Each reader takes the newest, by the time that is in it.
        Assert.Contains("second", await first.ReadTextsAsync());
        Assert.Contains("second", await second.ReadTextsAsync());
        Assert.Equal((0, 0), (stage.Complaints, stage.Failures));
    }

    /// <summary>Else the last instance to write with the old key in the first place would leave a used-up refresh token under the new one.</summary>
    [Fact]
    public async Task Write_WithBothKeys_LeavesNothingOlderUnderEither()
    {
        var stage = new StoreStage();
        await stage.With(New, Old).WriteTextAsync("before");
        await stage.With(Old, New).WriteTextAsync("after");

        Assert.Equal(["after"], await stage.With(Old).ReadTextsAsync());
        Assert.Equal(["after"], await stage.With(New).ReadTextsAsync());
        Assert.Equal(["after", "after"], await stage.With(Old, New).ReadTextsAsync());
    }

    [Theory]
    [MemberData(nameof(Mixtures))]
    public async Task Remove_AmongInstancesAStepApart_LeavesNothing(int one, int other, bool isSwapped)
    {
        var stage = new StoreStage();
        await With(stage, one, isSwapped).WriteTextAsync("first");
        await With(stage, other, isSwapped).WriteTextAsync("second");
        var both = With(stage, 1, isSwapped);

        await both.RemoveAsync(StoreStage.Id, async: true);

        Assert.Empty(stage.Memory.Entries);
    }

    [Theory]
    [MemberData(nameof(Mixtures))]
    public async Task Claim_AmongInstancesAStepApart_IsOnesAlone(int one, int other, bool isSwapped)
    {
        var stage = new StoreStage();
        var (first, second) = (With(stage, one, isSwapped), With(stage, other, isSwapped));
        var claim = await first.ClaimAsync();

        Assert.NotNull(claim);
        Assert.Null(await second.ClaimAsync());
        await first.GiveUpAsync(claim);
        Assert.Empty(stage.Memory.Claims);

        claim = await second.ClaimAsync();
        Assert.NotNull(claim);
        Assert.Null(await first.ClaimAsync());
        await second.GiveUpAsync(claim);
        Assert.Empty(stage.Memory.Claims);
    }

    [Fact]
    public async Task Claim_WhereOneOfTheNamesIsTaken_LeavesTheOtherFree()
    {
        foreach (var taken in new[] { Old, New })
        {
            var stage = new StoreStage();
            Assert.NotNull(await stage.With(taken).ClaimAsync());

            Assert.Null(await stage.With(Old, New).ClaimAsync());

            Assert.Single(stage.Memory.Claims);
            Assert.NotNull(await stage.With(taken == Old ? New : Old).ClaimAsync());
        }
    }

    [Fact]
    public async Task Names_OfTheSameKeysInAnyOrder_AreTheSameInTheSameOrder()
    {
        var stage = new StoreStage();
        byte[][] orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1], [3, 3, 2, 1, 1]];
        var names = await Task.WhenAll(orders.Select(async keys =>
        {
            var store = stage.With(keys);
            await store.ReadTextsAsync();
            return string.Join(' ', store.NamesOf(StoreStage.Id));
        }));

        Assert.Single(names.Distinct());
        Assert.Equal(3, names[0].Split(' ').Distinct().Count());
    }

    [Fact]
    public async Task Read_ByInstancesWithNoKeyInCommon_FindsNothing()
    {
        var stage = new StoreStage();
        await stage.With(Old).WriteTextAsync("old");

        Assert.Empty(await stage.With(New).ReadTextsAsync());
        Assert.Equal(0, stage.Complaints);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task KeyFile_WithAnotherKey_IsUsedASecondLater(bool async)
    {
        var stage = new StoreStage();
        await File.WriteAllTextAsync(_file, StoreStage.KeyOf(Old));
        var store = stage.Create(options => options.KeyFile = _file);
        await store.WriteTextAsync("old");
        await File.WriteAllTextAsync(_file, $"{StoreStage.KeyOf(Old)}\n{StoreStage.KeyOf(New)}\n");

        stage.Advance(0.999);
        await store.WriteAsync(StoreStage.Id, "old"u8.ToArray(), SealedStoreTestExtensions.Life, async);
        Assert.Empty(await stage.With(New).ReadTextsAsync());
        stage.Advance(0.001);
        await store.WriteAsync(StoreStage.Id, "new"u8.ToArray(), SealedStoreTestExtensions.Life, async);

        Assert.Equal(["new"], await stage.With(New).ReadTextsAsync());
        Assert.Equal(["new"], await stage.With(Old).ReadTextsAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("half of a ke")]
    public async Task KeyFile_MissingOrHalfWrittenWhileItRuns_FailsNobodyAndRecovers(string? content)
    {
        var stage = new StoreStage();
        await File.WriteAllTextAsync(_file, StoreStage.KeyOf(Old));
        var store = stage.Create(options => options.KeyFile = _file);
        await store.WriteTextAsync("token");
        if (content is null)
            File.Delete(_file);
        else
            await File.WriteAllTextAsync(_file, content);
        stage.Advance(1);

        Assert.Empty(await store.ReadTextsAsync());
        var claim = await store.ClaimAsync();
        Assert.NotNull(claim);
        await store.GiveUpAsync(claim);
        var line = Assert.Single(stage.Log.Entries, entry => entry.Level == LogLevel.Warning);
        Assert.StartsWith("The token store is left alone for a while, since its key cannot be had: ", line.Message, StringComparison.Ordinal);
        Assert.Contains(_file, line.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("..", line.Message, StringComparison.Ordinal);

        // No sooner than anything else that has failed.
        await File.WriteAllTextAsync(_file, StoreStage.KeyOf(Old));
        stage.Advance(1.9);
        Assert.Empty(await store.ReadTextsAsync());
        stage.Advance(0.1);
        Assert.Equal(["token"], await store.ReadTextsAsync());
        Assert.Equal((1, 1), (stage.Failures, stage.Recoveries));
    }

    [Fact]
    public async Task KeyCallback_AskedByMany_IsAskedOnceASecond()
    {
        var stage = new StoreStage();
        var asked = 0;
        var store = stage.Create(options => options.KeyCallback = _ =>
        {
            Interlocked.Increment(ref asked);
            return new(MemoryTokenStore.Key);
        });
        await store.ReadTextsAsync();

        for (var second = 1; second <= 3; second++)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => store.ReadTextsAsync()));
            Assert.Equal(second, Volatile.Read(ref asked));
            stage.Advance(1);
        }
    }

    /// <summary>One asks the vault, and the others need not wait for it.</summary>
    [Fact]
    public async Task KeyCallback_ThatHangsWhileItRuns_HoldsOneUp()
    {
        var stage = new StoreStage();
        var hangs = new TaskCompletionSource<string>();
        var asked = 0;
        var store = stage.Create(options => options.KeyCallback = _ => Interlocked.Increment(ref asked) == 1 ? new(MemoryTokenStore.Key) : new(hangs.Task));
        await store.WriteTextAsync("token");
        stage.Advance(1);

        var held = store.ReadTextsAsync();
        await TestApp.UntilAsync(() => Volatile.Read(ref asked) == 2);
        Assert.Equal(["token"], await store.ReadTextsAsync());
        Assert.False(held.IsCompleted);
        stage.Advance(0.25);

        Assert.Empty(await held);
        Assert.Equal(1, stage.Log.Count(LogLevel.Warning, "since its key could not be had within 250 ms. Until"));
        hangs.SetResult(MemoryTokenStore.Key);
        stage.Advance(2);
        Assert.Equal(["token"], await store.ReadTextsAsync());
    }

    [Fact]
    public async Task KeyCallback_ThatThrows_IsTold()
    {
        var stage = new StoreStage();
        var store = stage.Create(options => options.KeyCallback = _ => throw new InvalidOperationException("The vault is sealed."));

        Assert.Empty(await store.ReadTextsAsync());
        Assert.Equal(1, stage.Log.Count(LogLevel.Warning, "The token store is left alone for a while, since its key cannot be had: The vault is sealed. Until it answers again each instance gets tokens of its own."));
    }

    private static SealedStore With(StoreStage stage, int step, bool isSwapped) => stage.With([.. _steps[step].Select(key => isSwapped ? (byte)(Old + New - key) : key)]);
}
