using OAuthClient.Testing;

namespace OAuthClient.Tests.Store;

public sealed class FileClaimTests : IDisposable
{
    private static readonly TimeSpan _life = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _clock = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("token-store-").FullName;
    private readonly FileTokenStore _store;
    private readonly FileTokenStore _other;

    public FileClaimTests() => (_store, _other) = (new FileTokenStore(_folder, _clock), new FileTokenStore(_folder, _clock));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task TryClaim_UntilItIsReleasedOrItsTimeIsOver_IsOnesAlone()
    {
        Assert.True(await _store.TryClaimAsync("key", "mine", _life));
        Assert.False(await _other.TryClaimAsync("key", "theirs", _life));
        Assert.False(await _store.TryClaimAsync("key", "another of mine", _life));
        Assert.True(await _other.TryClaimAsync("another", "theirs", _life));

        await _other.ReleaseClaimAsync("key", "theirs");
        Assert.False(await _other.TryClaimAsync("key", "theirs", _life));
        await _store.ReleaseClaimAsync("key", "mine");
        Assert.True(await _other.TryClaimAsync("key", "theirs", _life));

        _clock.Advance(_life);
        Assert.True(await _store.TryClaimAsync("key", "mine", _life));
        await _other.ReleaseClaimAsync("key", "theirs");
        Assert.False(await _other.TryClaimAsync("key", "theirs", _life));
    }

    [Fact]
    public async Task TryClaim_ByWhoHasIt_LivesFromThenOn()
    {
        Assert.True(await _store.TryClaimAsync("key", "mine", _life));
        _clock.Advance(_life / 2);
        Assert.True(await _store.TryClaimAsync("key", "mine", _life));

        _clock.Advance(_life - TimeSpan.FromMilliseconds(1));
        Assert.False(await _other.TryClaimAsync("key", "theirs", _life));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await _other.TryClaimAsync("key", "theirs", _life));
    }

    [Fact]
    public async Task TryClaim_AndItsKey_HaveNamesOfTheirOwn()
    {
        await _store.TryClaimAsync("key", "mine", _life);
        Assert.Null(await _store.GetAsync("key"));

        await _store.SetAsync("key", [1], _life);
        await _store.ReleaseClaimAsync("key", "mine");
        Assert.Equal([1], await _store.GetAsync("key"));

        await _store.TryClaimAsync("key", "mine", _life);
        await _store.RemoveAsync("key");
        Assert.False(await _other.TryClaimAsync("key", "theirs", _life));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TryClaim_ByTwentyAtOnce_IsOnes(bool hasExpiredClaim)
    {
        for (var round = 0; round < 15; round++)
        {
            var key = $"key{round}";
            if (hasExpiredClaim)
                Assert.True(Claim(_store, key, "old"));
            _clock.Advance(_life);
            var winners = 0;
            using var start = new Barrier(20);
            await Task.WhenAll(Enumerable.Range(0, 20).Select(number => OnItsOwnThread(() =>
            {
                start.SignalAndWait();
                if (Claim(number % 2 == 0 ? _store : _other, key, $"claim {number}"))
                    Interlocked.Increment(ref winners);
            })));

            Assert.Equal(1, winners);
        }
    }

    /// <summary>What others claim at the same moment is in nobody's way: a claim that could not be given up would keep all from fetching for ten seconds.</summary>
    [Fact]
    public async Task ReleaseClaim_WhileOthersClaim_IsNotLost()
    {
        var lost = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => OnItsOwnThread(() =>
        {
            var store = number % 2 == 0 ? _store : _other;
            for (var round = 0; round < 50; round++)
            {
                if (!Claim(store, $"key{number}", $"claim {round}"))
                    Interlocked.Increment(ref lost);
                store.ReleaseClaimAsync($"key{number}", $"claim {round}").AsTask().Wait();
            }
        })));

        Assert.Equal(0, lost);
        Assert.Empty(Directory.GetFiles(_folder, "*.oauth2"));
    }

    /// <summary>One process decides at a time; one that is stuck there, and not dead, holds nobody up for long.</summary>
    [Fact]
    public async Task TryClaim_WhileAnotherProcessDecides_WaitsUntilTheDeadlineAndHasNone()
    {
        using var deadline = new CancellationTokenSource();
        using (File.Open(Path.Combine(_folder, "oauth2.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            var isMine = true;
            var claim = OnItsOwnThread(() => isMine = Claim(_store, "key", "mine", deadline.Token));
            await deadline.CancelAsync();
            await claim;
            Assert.False(isMine);
        }

        Assert.True(await _store.TryClaimAsync("key", "mine", _life));
    }

    [Fact]
    public async Task TryClaim_WhereADeadProcessLeftTheLockAndAClaim_IsHeldUpByNeither()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "oauth2.lock"), "left behind");
        await File.WriteAllBytesAsync(Path.Combine(_folder, "key.claim.oauth2"), [1, 2, 3]);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "key.claim.oauth2.0123.draft.oauth2"), [1, 2, 3]);

        Assert.True(await _store.TryClaimAsync("key", "mine", _life));
        Assert.False(await _other.TryClaimAsync("key", "theirs", _life));
    }

    private static Task OnItsOwnThread(Action action) => Task.Factory.StartNew(action, TaskCreationOptions.LongRunning);

    private static bool Claim(FileTokenStore store, string key, string claim, CancellationToken deadline = default) => store.TryClaimAsync(key, claim, _life, deadline).AsTask().GetAwaiter().GetResult();
}
