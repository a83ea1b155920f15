namespace OAuthClient.Store;

// A store in a folder, for programs that start often: a file for each entry, which its owner alone can read, and which is replaced as a whole.
internal sealed class FileTokenStore(string folder, TimeProvider timeProvider) : IOAuth2TokenStore
{
    private const int TimeLength = sizeof(long);
    private const string Suffix = ".oauth2"; // Of all files but the lock; what else there may be in the folder is left alone.
    private const string ClaimSuffix = $".claim{Suffix}";
    private const string DraftSuffix = $".draft{Suffix}";
    private const int Tries = 1_000; // A second or more, for who has no deadline.
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // What systems call a file that another process keeps to itself: Windows, Linux, macOS.
    private static readonly int[] _inUse = [unchecked((int)0x80070020), 11, 35];
    private static readonly TimeSpan _pruneEvery = TimeSpan.FromHours(1);

    private long _pruneAt;

    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default) => new(Read(PathOf(key, Suffix)));

    public ValueTask SetAsync(string key, byte[] value, TimeSpan timeToLive, CancellationToken cancellationToken = default)
    {
        var path = PathOf(key, Suffix);
        Write(path, value, timeToLive, outlivesPowerCut: true);
        if (Now >= Volatile.Read(ref _pruneAt))
        {
            Volatile.Write(ref _pruneAt, Now + (long)_pruneEvery.TotalMilliseconds);
            Tolerate(() => Prune(File.GetLastWriteTimeUtc(path) - _pruneEvery, cancellationToken));
        }

        return default;
    }

    public ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        CreateFolder();
        File.Delete(PathOf(key, Suffix));
        return default;
    }

    public ValueTask<bool> TryClaimAsync(string key, string claim, TimeSpan timeToLive, CancellationToken cancellationToken = default)
    {
        using var gate = Enter(cancellationToken);
        var path = PathOf(key, ClaimSuffix);
        if (gate is null || (Read(path) is { } other && Encoding.UTF8.GetString(other) != claim))
            return new(false);
        Write(path, Encoding.UTF8.GetBytes(claim), timeToLive, outlivesPowerCut: false);
        return new(true);
    }

    public ValueTask ReleaseClaimAsync(string key, string claim, CancellationToken cancellationToken = default)
    {
        using var gate = Enter(cancellationToken);
        var path = PathOf(key, ClaimSuffix);
        if (gate is not null && Read(path) is { } own && Encoding.UTF8.GetString(own) == claim)
            File.Delete(path);
        return default;
    }

    public ValueTask<bool> SubscribeAsync(Action<string> changed, CancellationToken cancellationToken = default) => new(false);

    private string PathOf(string key, string suffix) => Path.Combine(folder, key + suffix);

    // Null for what has expired as for what is not there.
    private byte[]? Read(string path)
    {
        try
        {
            // Whoever writes or deletes it meanwhile may: what has been opened stays as it was.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes.Length >= TimeLength && BitConverter.ToInt64(bytes) > Now ? bytes[TimeLength..] : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private void Write(string path, byte[] value, TimeSpan timeToLive, bool outlivesPowerCut)
    {
        CreateFolder();
        var draft = $"{path}.{Guid.NewGuid():N}{DraftSuffix}";
        try
        {
            using (var stream = Open(draft, FileMode.CreateNew, FileShare.None))
            {
                stream.Write(BitConverter.GetBytes(Now + (long)timeToLive.TotalMilliseconds));
                stream.Write(value);
                stream.Flush(outlivesPowerCut);
            }

            Replace(path, draft);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    // Windows replaces no file that is being read, which takes moments.
    private static void Replace(string path, string draft)
    {
        for (var spin = default(SpinWait); ; spin.SpinOnce())
        {
            try
            {
                File.Move(draft, path, overwrite: true);
                return;
            }
            catch (UnauthorizedAccessException) when (OperatingSystem.IsWindows() && spin.Count < Tries)
            {
                // Again.
            }
        }
    }

    // One process at a time decides who has a claim, which takes moments; null for who does not get that far, and has none. The system opens the gate
    // for one that has died.
    private FileStream? Enter(CancellationToken cancellationToken)
    {
        CreateFolder();
        for (var spin = default(SpinWait); ; spin.SpinOnce())
        {
            try
            {
                return Open(Path.Combine(folder, "oauth2.lock"), FileMode.OpenOrCreate, FileShare.None);
            }
            catch (IOException exception) when (_inUse.Contains(exception.HResult))
            {
                if (spin.Count >= Tries || cancellationToken.IsCancellationRequested)
                    return null;
            }
        }
    }

    // Deletes what has expired, and what somebody has left half written.
    // before: The age from which a file is looked at, by the clock of the file system, since another may be about to move a newer one there.
    private void Prune(DateTime before, CancellationToken cancellationToken)
    {
        using var gate = Enter(cancellationToken);
        if (gate is null)
            return;
        foreach (var path in Directory.EnumerateFiles(folder, $"*{Suffix}"))
        {
            Tolerate(() =>
            {
                if (File.GetLastWriteTimeUtc(path) < before && (path.EndsWith(DraftSuffix, StringComparison.Ordinal) || Read(path) is null))
                    File.Delete(path);
            });
        }
    }

    private static void Tolerate(Action prune)
    {
        try
        {
            prune();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What stays where it is does no harm.
        }
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnersFile | UnixFileMode.UserExecute);
    }

    private static FileStream Open(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnersFile;
        return new FileStream(path, options);
    }

    private long Now => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
}
