namespace OAuthClient.Redis.Tests;

public sealed class SharedTests
{
    [Fact]
    public async Task Get_ManyAtOnce_IsMadeOnce()
    {
        var made = 0;
        var finish = new TaskCompletionSource();
        var shared = new Shared<int>(async () =>
        {
            Interlocked.Increment(ref made);
            await finish.Task;
            return 7;
        });

        var all = Enumerable.Range(0, 20).Select(_ => shared.GetAsync(CancellationToken.None)).ToArray();
        finish.SetResult();

        Assert.All(await Task.WhenAll(all), value => Assert.Equal(7, value));
        Assert.Equal(7, await shared.GetAsync(CancellationToken.None));
        Assert.Equal(1, made);
    }

    [Fact]
    public async Task Get_AttemptFailed_IsMadeAgain()
    {
        var made = 0;
        var shared = new Shared<int>(() => ++made switch
        {
            1 => throw new TimeoutException(),
            2 => Task.FromException<int>(new TimeoutException()),
            3 => Task.FromCanceled<int>(new(canceled: true)),
            _ => Task.FromResult(made),
        });

        await Assert.ThrowsAsync<TimeoutException>(() => shared.GetAsync(CancellationToken.None));
        await Assert.ThrowsAsync<TimeoutException>(() => shared.GetAsync(CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shared.GetAsync(CancellationToken.None));

        Assert.Equal(4, await shared.GetAsync(CancellationToken.None));
        Assert.Equal(4, await shared.GetAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Get_MadeByWhatBlocks_DoesNotBlock()
    {
        using var unblock = new ManualResetEventSlim();
        var shared = new Shared<bool>(() => Task.FromResult(unblock.Wait(Eventually.Patience)));

        var getting = shared.GetAsync(CancellationToken.None);
        unblock.Set();

        Assert.True(await getting);
    }

    [Fact]
    public async Task Get_OneWhoAsksLeaves_TheOthersGetIt()
    {
        var finish = new TaskCompletionSource<int>();
        var shared = new Shared<int>(() => finish.Task);
        using var source = new CancellationTokenSource();
        var leaves = shared.GetAsync(source.Token);
        var stays = shared.GetAsync(CancellationToken.None);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves.WaitAsync(Eventually.Patience));
        finish.SetResult(7);
        Assert.Equal(7, await stays);
    }
}
