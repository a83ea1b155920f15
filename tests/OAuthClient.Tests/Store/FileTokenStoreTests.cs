using System.Collections.Concurrent;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Store;

public sealed class FileTokenStoreTests : IDisposable
{
    private static readonly TimeSpan _life = TimeSpan.FromHours(2);

    private readonly ManualTimeProvider _clock = new();
    private readonly string _root = Directory.CreateTempSubdirectory("token-store-").FullName;
    private readonly string _folder;
    private readonly FileTokenStore _store;
    private readonly FileTokenStore _other;

    public FileTokenStoreTests()
    {
        _folder = Path.Combine(_root, "made", "here");
        (_store, _other) = (new FileTokenStore(_folder, _clock), new FileTokenStore(_folder, _clock));
    }

    private string[] Files => [.. Directory.GetFiles(_folder).Select(path => Path.GetFileName(path)).Where(name => name != "oauth2.lock").Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Get_WhatAnotherHasSet_IsThatUntilItIsReplacedOrRemoved()
    {
        Assert.Null(await _store.GetAsync("key"));

        await _store.SetAsync("key", [1, 2, 3], _life);
        Assert.Equal([1, 2, 3], await _other.GetAsync("key"));
        await _other.SetAsync("key", [], _life);
        Assert.Empty((await _store.GetAsync("key"))!);
        Assert.Equal(["key.oauth2"], Files);

        await _store.RemoveAsync("key");
        Assert.Null(await _other.GetAsync("key"));
        Assert.Empty(Files);
    }

    [Fact]
    public async Task Remove_OfNothing_DoesNothing()
    {
        await _store.RemoveAsync("key");
        await _store.RemoveAsync("key");

        Assert.Null(await _store.GetAsync("key"));
    }

    [Fact]
    public async Task Get_OnceItsTimeIsOver_IsNothing()
    {
        await _store.SetAsync("key", [1], TimeSpan.FromSeconds(10));

        _clock.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.Equal([1], await _other.GetAsync("key"));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(await _other.GetAsync("key"));
    }

    [Theory]
    [InlineData("-")]
    [InlineData("_a-Z09")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public async Task Set_UnderAnyKeyOfAStore_IsFound(string key)
    {
        await _store.SetAsync(key, [1], _life);
        Assert.True(await _store.TryClaimAsync(key, "mine", _life));

        Assert.Equal([1], await _other.GetAsync(key));
    }

    [Fact]
    public async Task Get_WhileMany_Write_NeverSeesHalfAnEntry()
    {
        const int Writers = 8;
        var broken = new ConcurrentQueue<string>();
        var writing = Writers;
        var seen = 0;
        var writers = Enumerable.Range(0, Writers).Select(number => OnItsOwnThread(() =>
        {
            // Each of a length and a letter of its own.
            var store = number % 2 == 0 ? _store : _other;
            for (var round = 0; round < 40; round++)
                store.SetAsync("key", [.. Enumerable.Repeat((byte)number, 1_000 * (number + 1))], _life).AsTask().Wait();
            Interlocked.Decrement(ref writing);
        })).ToArray();
        var readers = new[] { _store, _other }.Select(store => OnItsOwnThread(() =>
        {
            do
            {
                if (store.GetAsync("key").AsTask().Result is not { } value)
                    continue;
                Interlocked.Increment(ref seen);
                if (value.Length < 1_000 || value.Length != 1_000 * (value[0] + 1) || value.AsSpan().ContainsAnyExcept(value[0]))
                    broken.Enqueue($"{value.Length} bytes");
            }
            while (Volatile.Read(ref writing) > 0 && !Array.Exists(writers, writer => writer.IsFaulted));
        }));
        await Task.WhenAll([.. writers, .. readers]);

        Assert.Empty(broken);
        Assert.True(seen > 0);
        Assert.NotNull(await _store.GetAsync("key"));
        Assert.Equal(["key.oauth2"], Files);
    }

    [Fact]
    public async Task Files_OnUnix_AreTheirOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
            return;
        await _store.SetAsync("key", [1], _life);
        await _store.TryClaimAsync("key", "mine", _life);

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(["key.claim.oauth2", "key.oauth2"], Files);
        foreach (var path in Directory.GetFiles(_folder))
            Assert.Equal(Owner, File.GetUnixFileMode(path));
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
    }

    [Fact]
    public async Task Set_AnHourAfterTheLast_DeletesWhatHasExpired()
    {
        await _store.SetAsync("live", [1], TimeSpan.FromDays(1));
        await _store.SetAsync("expired", [1], TimeSpan.FromMinutes(1));
        await _store.TryClaimAsync("expired", "mine", TimeSpan.FromMinutes(1));
        await _store.TryClaimAsync("live", "mine", TimeSpan.FromDays(1));
        Put("half.oauth2.0123.draft.oauth2", [.. BitConverter.GetBytes(long.MaxValue), 1]);
        Put("short.oauth2", [1]);
        Age(hours: 2);

        _clock.Advance(TimeSpan.FromMinutes(59));
        await _store.SetAsync("new", [1], _life);
        Assert.Equal(7, Files.Length);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await _store.SetAsync("new", [1], _life);

        Assert.Equal(["live.claim.oauth2", "live.oauth2", "new.oauth2"], Files);
    }

    /// <summary>A program that is started often may never live for an hour.</summary>
    [Fact]
    public async Task Set_TheFirstOfAProgram_DeletesWhatHasExpired()
    {
        await _store.SetAsync("expired", [1], TimeSpan.FromMinutes(1));
        Age(hours: 2);
        _clock.Advance(TimeSpan.FromMinutes(1));

        await new FileTokenStore(_folder, _clock).SetAsync("new", [1], _life);

        Assert.Equal(["new.oauth2"], Files);
    }

    /// <summary>Another process may be about to write it, or to put a newer one in its place.</summary>
    [Fact]
    public async Task Set_WhereFilesAreYoung_LeavesThem()
    {
        await _store.SetAsync("expired", [1], TimeSpan.FromMinutes(1));
        Put("half.oauth2.0123.draft.oauth2", [1]);
        _clock.Advance(TimeSpan.FromDays(1));

        await _store.SetAsync("new", [1], _life);

        Assert.Equal(["expired.oauth2", "half.oauth2.0123.draft.oauth2", "new.oauth2"], Files);
    }

    [Fact]
    public async Task Set_InAFolderWithOtherFiles_LeavesThem()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "folder.oauth2"));
        string[] others = ["lock", "settings.json", "empty", "zeros", ".oauth2rc"];
        foreach (var name in others)
            Put(name, new byte[name.Length]);
        Age(hours: 100);

        await _store.SetAsync("key", [1], _life);

        Assert.Equal(others.Append("key.oauth2").Order(StringComparer.Ordinal), Files);
        Assert.True(Directory.Exists(Path.Combine(_folder, "folder.oauth2")));
    }

    [Fact]
    public async Task Store_WhoseFolderIsDeletedWhileItRuns_MakesItAgain()
    {
        await _store.SetAsync("key", [1], _life);
        Directory.Delete(_folder, recursive: true);

        Assert.Null(await _store.GetAsync("key"));
        Assert.True(await _store.TryClaimAsync("key", "mine", _life));
        Directory.Delete(_folder, recursive: true);
        await _store.ReleaseClaimAsync("key", "mine");
        await _store.SetAsync("key", [2], _life);

        Assert.Equal([2], await _other.GetAsync("key"));
    }

    [Fact]
    public async Task Subscribe_CannotBe() => Assert.False(await _store.SubscribeAsync(_ => { }));

    private static Task OnItsOwnThread(Action action) => Task.Factory.StartNew(action, TaskCreationOptions.LongRunning);

    private void Put(string name, byte[] content) => File.WriteAllBytes(Path.Combine(_folder, name), content);

    private void Age(int hours)
    {
        foreach (var path in Directory.GetFiles(_folder))
            File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddHours(-hours));
    }
}
