using System.Collections.Concurrent;

namespace OAuthClient.Tests.Store;

/// <summary>To be told of changes is a help, and no condition.</summary>
public sealed class StoreSubscriptionTests
{
    [Fact]
    public async Task Changed_OfAnEntryOrAClaim_TellsTheNamesThatTheInstanceKnows()
    {
        var stage = new StoreStage();
        var (writer, reader) = (stage.Create(), stage.Create());
        var told = new ConcurrentQueue<string>();
        reader.Changed += told.Enqueue;
        Assert.Empty(reader.NamesOf(StoreStage.Id));
        await reader.ReadTextsAsync();

        await writer.WriteTextAsync("token");
        var claim = await writer.ClaimAsync();
        await writer.GiveUpAsync(claim!);

        Assert.True(reader.Tells);
        Assert.Equal(2, told.Count);
        Assert.All(told, name => Assert.Contains(name, reader.NamesOf(StoreStage.Id)));
    }

    [Fact]
    public async Task Subscribe_ByManyAtOnce_IsAskedOnce()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        var answers = new TaskCompletionSource();
        stage.Memory.Before = (operation, _) => operation == "subscribe" ? new(answers.Task) : default;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => store.ReadTextsAsync())));
        Assert.False(store.Tells);
        answers.SetResult();
        await TestApp.UntilAsync(() => store.Tells);
        stage.Advance(60);
        await store.ReadTextsAsync();

        Assert.Equal(1, stage.Count("subscribe"));
    }

    /// <summary>A user of Redis that may not subscribe, for instance.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Subscribe_ThatFails_LeavesTheStoreInUseAndIsTriedAgain(bool throwsSynchronously)
    {
        var stage = new StoreStage();
        var store = stage.Create();
        stage.Memory.Before = (operation, _) => operation != "subscribe" ? default : throwsSynchronously ? throw new InvalidOperationException() : new(Task.FromException(new InvalidOperationException()));
        for (var tenth = 0; tenth < 50; tenth++)
        {
            await store.WriteTextAsync("token");
            Assert.Equal(["token"], await store.ReadTextsAsync());
            stage.Advance(0.1);
        }

        Assert.False(store.Tells);
        Assert.Equal((3, 0), (stage.Count("subscribe"), stage.Failures));
        stage.Memory.Before = null;
        stage.Advance(2);
        await store.ReadTextsAsync();
        Assert.True(store.Tells);
    }

    [Fact]
    public async Task Subscribe_ThatHangs_HoldsNobodyUpAndIsGivenUp()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        await store.WriteTextAsync("token");
        var hanging = stage.Create();
        var tokens = new ConcurrentQueue<CancellationToken>();
        stage.Memory.Before = (operation, token) =>
        {
            if (operation != "subscribe")
                return default;
            tokens.Enqueue(token);
            return new(Task.Delay(Timeout.Infinite, token));
        };

        Assert.Equal(["token"], await hanging.ReadTextsAsync());
        stage.Advance(0.25);
        await TestApp.UntilAsync(() => Assert.Single(tokens).IsCancellationRequested);

        // As soon as it has taken note.
        await TestApp.UntilAsync(() =>
        {
            stage.Advance(2);
            Assert.True(hanging.ReadTextsAsync().IsCompletedSuccessfully);
            return tokens.Count > 1;
        });
        Assert.Equal(0, stage.Failures);
    }

    [Fact]
    public async Task Subscribe_ToAStoreThatCannotTell_IsAskedOnce()
    {
        var stage = new StoreStage(tells: false);
        var store = stage.Create();
        for (var i = 0; i < 5; i++)
        {
            await store.ReadTextsAsync();
            stage.Advance(60);
        }

        Assert.False(store.Tells);
        Assert.Equal(1, stage.Count("subscribe"));
    }
}
