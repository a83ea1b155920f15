namespace OAuthClient.Tests.Store;

/// <summary>One instance fetches at a time, and for as long as it lives.</summary>
public sealed class StoreClaimTests
{
    [Fact]
    public async Task Claim_HeldForAMinute_StaysHeld()
    {
        var stage = new StoreStage();
        var (holder, other) = (stage.Create(), stage.Create());
        var claim = await holder.ClaimAsync();
        Assert.NotNull(claim);

        for (var second = 1; second <= 60; second++)
        {
            stage.Advance(1);
            var before = stage.Count("claim");
            Assert.Null(await other.ClaimAsync());
            Assert.Equal(before + 1, stage.Count("claim"));
        }

        // The first, one for each three seconds, and those of the other.
        Assert.Equal(1 + 20 + 60, stage.Count("claim"));
        await holder.GiveUpAsync(claim);
        Assert.NotNull(await other.ClaimAsync());
    }

    [Fact]
    public async Task Claim_OfAnInstanceThatDied_IsFreeTenSecondsLater()
    {
        var stage = new StoreStage();
        var (holder, other) = (stage.Create(), stage.Create());
        var claim = await holder.ClaimAsync();
        claim!.Timer!.Dispose();

        stage.Advance(9.999);
        Assert.Null(await other.ClaimAsync());
        stage.Advance(0.001);

        Assert.NotNull(await other.ClaimAsync());
    }

    [Fact]
    public async Task Claim_Released_IsReleasedOnceAndNotExtended()
    {
        var stage = new StoreStage();
        var (holder, other) = (stage.Create(), stage.Create());
        var claim = await holder.ClaimAsync();
        stage.Advance(4);

        await holder.GiveUpAsync(claim!);

        Assert.Empty(stage.Memory.Claims);
        stage.Advance(60);
        Assert.Equal((2, 1), (stage.Count("claim"), stage.Count("release")));
        Assert.Empty(stage.Memory.Claims);
        Assert.Equal(0, stage.Clock.ActiveTimers);
        Assert.NotNull(await other.ClaimAsync());
    }

    /// <summary>Else it would come back to life for ten seconds, in which nobody could fetch.</summary>
    [Fact]
    public async Task Claim_ReleasedWhileItIsBeingExtended_StaysReleased()
    {
        var stage = new StoreStage();
        var holder = stage.Create();
        var claim = await holder.ClaimAsync();
        var slow = new TaskCompletionSource();
        stage.Memory.Before = (operation, _) => operation == "claim" ? new(slow.Task) : default;
        stage.Advance(3);
        Assert.Equal(2, stage.Count("claim"));

        await holder.GiveUpAsync(claim!);
        Assert.Empty(stage.Memory.Claims);
        slow.SetResult();

        await TestApp.UntilAsync(() => stage.Count("release") == 2);
        await TestApp.UntilAsync(() => stage.Memory.Claims.Count == 0);
        stage.Advance(60);
        Assert.Equal(2, stage.Count("claim"));
    }

    [Fact]
    public async Task Extend_OfAClaimThatAnotherHas_IsFalseAndLeavesItTheOthers()
    {
        var stage = new StoreStage();
        var (holder, other) = (stage.Create(), stage.Create());
        var lost = await holder.ClaimAsync();
        stage.Memory.Clear();
        var claim = await other.ClaimAsync();

        Assert.False(await holder.ExtendAsync(lost!, async: true));
        Assert.True(await other.ExtendAsync(claim!, async: true));
        stage.Advance(30);
        Assert.False(await holder.ExtendAsync(lost!, async: true));
        await holder.GiveUpAsync(lost!);

        Assert.Null(await stage.Create().ClaimAsync());
        Assert.True(await other.ExtendAsync(claim!, async: true));
    }

    [Fact]
    public async Task Claim_WhereTheStoreDoesNotAnswer_IsEverybodys()
    {
        var stage = new StoreStage();
        stage.Memory.Before = (_, _) => throw new InvalidOperationException();
        var (holder, other) = (stage.Create(), stage.Create());

        var (claim, another) = (await holder.ClaimAsync(), await other.ClaimAsync());

        Assert.NotNull(claim);
        Assert.NotNull(another);

        // It is one's alone again as soon as the store answers.
        stage.Memory.Before = null;
        stage.Advance(3);
        Assert.Single(stage.Memory.Claims);
        Assert.NotEqual(await holder.ExtendAsync(claim, async: true), await other.ExtendAsync(another, async: true));
    }

    [Fact]
    public async Task Claim_WhoseExtensionFails_TriesAgainAndFailsNobody()
    {
        var stage = new StoreStage();
        var holder = stage.Create();
        var claim = await holder.ClaimAsync();
        stage.Memory.Before = (_, _) => throw new InvalidOperationException();
        stage.Advance(3);
        stage.Memory.Before = null;
        stage.Advance(27);

        Assert.Single(stage.Memory.Claims);
        Assert.Null(await stage.Create().ClaimAsync());
        await holder.GiveUpAsync(claim!);
        Assert.Empty(stage.Memory.Claims);
    }

    [Fact]
    public async Task Claims_OfDifferentTokens_AreNotInEachOthersWay()
    {
        var stage = new StoreStage();
        var store = stage.Create();

        Assert.NotNull(await store.ClaimAsync("one"));
        Assert.NotNull(await store.ClaimAsync("other"));
        Assert.Null(await store.ClaimAsync("one"));
        Assert.Equal(2, stage.Memory.Claims.Count);
    }
}
