using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Store;

public sealed class FileStoreInUseTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("token-store-").FullName;
    private readonly string _folder;

    public FileStoreInUseTests() => _folder = Path.Combine(_root, "tokens");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Not a token of its own after every wait for somebody else's.</summary>
    [Theory]
    [InlineData("a file")]
    [InlineData("a folder in place of the lock")]
    [InlineData("a lock that leads to itself")]
    public async Task Store_InAFolderThatCannotBeWritten_IsAFailureOfTheStoreAndFailsNobody(string obstacle)
    {
        var stage = new StoreStage();
        var folder = Path.Combine(_root, "taken");
        if (obstacle == "a file")
            await File.WriteAllTextAsync(folder, "");
        else if (obstacle == "a folder in place of the lock")
            Directory.CreateDirectory(Path.Combine(folder, "oauth2.lock"));
        else if (OperatingSystem.IsWindows())
            return;
        else
            File.CreateSymbolicLink(Path.Combine(Directory.CreateDirectory(folder).FullName, "oauth2.lock"), "oauth2.lock");
        var store = stage.Create(store: new FileTokenStore(folder, stage.Clock));

        Assert.NotNull(await store.ClaimAsync());
        Assert.Equal(1, stage.Failures);
        stage.Advance(2);
        await store.WriteTextAsync("token");
        await store.RemoveAsync(StoreStage.Id, async: true);
        Assert.Equal(obstacle == "a file" ? 0 : 1, (await store.ReadTextsAsync()).Length + stage.Recoveries);
    }

    [Fact]
    public async Task Instances_WithFiles_ShareATokenAndKeepItOverARestart()
    {
        await using var app = await TestApp.StartAsync(services: Use);
        await using var other = app.StartAnother(services: Use);

        var token = await app.GetTokenAsync();
        await TestApp.UntilAsync(() => !Directory.EnumerateFiles(_folder, "*.claim.oauth2").Any());

        Assert.Equal(token.Value, (await other.GetTokenAsync()).Value);
        await using var later = app.StartAnother(services: Use);
        using var http = later.CreateClient();
        using var response = http.Send(new HttpRequestMessage(HttpMethod.Get, "orders"));
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(1, app.Server.TokenRequests);
        Assert.NotEmpty(Directory.GetFiles(_folder));
        Assert.All(Directory.GetFiles(_folder), path => Assert.DoesNotContain(token.Value, File.ReadAllText(path), StringComparison.Ordinal));

        void Use(IServiceCollection services) => services.AddOAuth2FileTokenStore(_folder, options => options.Key = MemoryTokenStore.Key);
    }
}
