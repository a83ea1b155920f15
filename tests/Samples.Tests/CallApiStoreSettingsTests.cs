using CallApi;

namespace Samples.Tests;

/// <summary>The settings of the store, and the key that CallApi makes for it.</summary>
public class CallApiStoreSettingsTests
{
    private const string Key = "canary-key";

    [Theory]
    [InlineData("--TokenStore=tokens", "TokenStore must be file:<folder> or redis:<host>:<port>, but is 'tokens'.")]
    [InlineData("--TokenStore=file:", "TokenStore must be file:<folder>", "but is 'file:'")]
    [InlineData("--TokenStore=File:tokens", "but is 'File:tokens'")]
    [InlineData("--TokenStore=redis.example:6379", "but is 'redis.example:6379'")]
    [InlineData("--TokenStore=redis:redis.example --TokenStoreKeyFile=key", "but is 'redis:redis.example'")]
    [InlineData("--TokenStore=redis:redis.example:0 --TokenStoreKeyFile=key", "but is 'redis:redis.example:0'")]
    [InlineData("--TokenStore=redis:redis.example:65536 --TokenStoreKeyFile=key", "but is 'redis:redis.example:65536'")]
    [InlineData("--TokenStore=redis::6379 --TokenStoreKeyFile=key", "but is 'redis::6379'")]
    [InlineData("--TokenStore=redis://:canary-password&2@redis.example:6379 --TokenStoreKeyFile=key", "but is 'redis:...'")]
    [InlineData("--TokenStore=redis:redis.example,password=canary-password&2 --TokenStoreKeyFile=key", "but is 'redis:...'")]
    [InlineData("--TokenStore=redis:redis.example:6379,pasword=canary-password&2 --TokenStoreKeyFile=good", "Configuration cannot be read")]
    [InlineData("--TokenStore=redis:redis.example:6379", "TokenStoreKeyFile is not set, and a store in Redis needs it")]
    [InlineData("--TokenStoreKeyFile=key", "TokenStoreKeyFile is for a TokenStore, and none is set")]
    [InlineData("--TokenStor=file:tokens", "did you mean --TokenStore?")]
    [InlineData("--TokenStore=file:tokens --TokenStoreKeyFile=short", "short' is no key: 32 random bytes in base64 are wanted")]
    [InlineData("--TokenStore=file:tokens --TokenStoreKeyFile=empty", "empty' is empty")]
    [InlineData("--TokenStore=file:tokens --TokenStoreKeyFile=.", "cannot be read")]
    [InlineData("--TokenStore=file:tokens --TokenStoreKeyFile=short/key", "TokenStoreKeyFile '", "short/key' is missing, and cannot be made", "Name a file in a folder that you can write to")]
    [InlineData("--TokenStore=file:short/tokens", "short/tokens/key' is missing, and cannot be made")]
    public async Task Setting_Wrong_Exits2AndNamesIt(string arguments, params string[] says)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Write("short", Key);
        callApi.Write("empty", "");
        callApi.Write("good", Convert.ToBase64String(new byte[32]));

        var output = await callApi.CallAsync(arguments.Split(' '));

        output.AssertFailure(2, [.. says.Select(text => text.Replace('/', Path.DirectorySeparatorChar))]);
        Assert.Single(output.StandardError.TrimEnd().Split('\n'));
        Assert.Equal((0, 0), (callApi.Server.TokenRequests, callApi.Server.ApiCalls));
        Assert.Equal((Key, ""), (Read("short"), Read("empty")));
        Assert.False(Path.Exists(Path.Combine(callApi.WorkingDirectory, "key")));

        string Read(string name) => File.ReadAllText(Path.Combine(callApi.WorkingDirectory, name));
    }

    [Fact]
    public async Task Key_Missing_IsMadeForItsOwnerAlone()
    {
        await using var callApi = await CallApiStoreTests.StartAsync();

        (await CallApiStoreTests.RunAsync(callApi, 0, "--TokenStoreKeyFile=keys/store.key")).AssertSuccess();

        var path = Path.Combine(callApi.WorkingDirectory, "keys", "store.key");
        Assert.Equal(32, Convert.FromBase64String(await File.ReadAllTextAsync(path)).Length);
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!));
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        foreach (var folder in new[] { Path.GetDirectoryName(path)!, CallApiStoreTests.Folder(callApi) })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task Key_Default_IsInTheFolderAndStaysAsItIs()
    {
        await using var callApi = await CallApiStoreTests.StartAsync();
        await CallApiStoreTests.RunAsync(callApi, 0);
        var path = Path.Combine(CallApiStoreTests.Folder(callApi), "key");
        var key = await File.ReadAllTextAsync(path);

        // Older than anything that a store clears away.
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddYears(40));
        await CallApiStoreTests.RunAsync(callApi, 0, "--OAuth2:Scopes=orders:read");

        Assert.Equal(key, await File.ReadAllTextAsync(path));
        Assert.Equal(2, callApi.Server.TokenRequests);
    }

    [Fact]
    public async Task Key_Another_OpensNothing()
    {
        await using var callApi = await CallApiStoreTests.StartAsync();
        await CallApiStoreTests.RunAsync(callApi, 0);

        (await CallApiStoreTests.RunAsync(callApi, 0, "--TokenStoreKeyFile=other")).AssertSuccess();

        Assert.Equal(2, callApi.Server.TokenRequests);
    }

    [Fact]
    public async Task Key_MadeByManyAtATime_IsOne()
    {
        var folder = Directory.CreateTempSubdirectory("callapi").FullName;
        try
        {
            for (var round = 0; round < 20; round++)
            {
                var path = Path.Combine(folder, $"{round}", "key");
                using var start = new Barrier(8);
                var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                    () =>
                    {
                        start.SignalAndWait();
                        StoreKeyFile.Ensure(path);
                        return File.ReadAllText(path);
                    },
                    TaskCreationOptions.LongRunning)));

                Assert.Single(keys.Distinct());
                Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(path)!));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
