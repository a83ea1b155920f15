namespace OAuthClient.Tests.Fapi;

/// <summary>A read that others join, and the moment at which its value was read.</summary>
public sealed class JoinedReadTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    /// <summary>
    /// What is read may take long to be looked at: a private key with a password is derived for a good part of a second. Who begins meanwhile, after the file
    /// was replaced, is not to get what was in it before.
    /// </summary>
    [Fact]
    public async Task Read_ThatBeginsAfterTheFileWasReplaced_GetsWhatIsThereNow()
    {
        var source = SecretSource.Create("PrivateKey", null, _file, null, "orders")!;
        using var hasRead = new ManualResetEventSlim();
        var hasEnded = new ManualResetEventSlim();
        await File.WriteAllTextAsync(_file, "old");
        var first = source.ReadAsync(async: true, CancellationToken.None, Look).AsTask();
        Assert.True(hasRead.Wait(Dose.Patience));
        await File.WriteAllTextAsync($"{_file}.new", "new");
        File.Move($"{_file}.new", _file, overwrite: true);

        var second = source.ReadAsync(async: true, CancellationToken.None).AsTask();
        _ = second.ContinueWith(_ => hasEnded.Set(), TaskScheduler.Default);

        Assert.Equal(("old", "new"), (await first, await second));

        // Until the second has ended; it need not wait for this one. Where it does, for long enough that it has joined.
        string? Look(string text)
        {
            hasRead.Set();
            hasEnded.Wait(TimeSpan.FromSeconds(3));
            return null;
        }
    }

    public void Dispose() => File.Delete(_file);
}
