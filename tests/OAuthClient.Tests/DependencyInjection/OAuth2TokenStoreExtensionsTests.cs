using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace OAuthClient.Tests.DependencyInjection;

public sealed class OAuth2TokenStoreExtensionsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("token-store-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Start_WithOptionsThatMakeNoSense_TellsAllFaults()
    {
        using var host = Build(services => services.AddOAuth2TokenStore(_ => new MemoryTokenStore(TimeProvider.System), options => (options.Key, options.Timeout) = ("s3cr3t", TimeSpan.Zero)));

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal(2, exception.Failures.Count());
        Assert.All(exception.Failures, failure => Assert.StartsWith("OAuth2 token store: ", failure, StringComparison.Ordinal));
        Assert.DoesNotContain("s3cr3t", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetToken_WithoutAHostAndWithOptionsThatMakeNoSense_TellsThem()
    {
        await using var app = await TestApp.StartAsync(services: services => services.AddOAuth2TokenStore(_ => new MemoryTokenStore(TimeProvider.System), _ => { }));

        await Assert.ThrowsAsync<OptionsValidationException>(() => app.GetTokenAsync());
    }

    [Fact]
    public async Task Start_WithARelativeKeyFile_FindsItUnderTheContentRoot()
    {
        await WriteKeyAsync("keys/store");
        using var host = Build(services => services.AddOAuth2TokenStore(_ => new MemoryTokenStore(TimeProvider.System), options => options.KeyFile = " keys/store\n"));

        await host.StartAsync();

        Assert.Equal(Path.Combine(_root, "keys/store"), Options(host).KeyFile);
        await host.StopAsync();
    }

    /// <summary>As in <c>services.Configure&lt;OAuth2TokenStoreOptions&gt;(section)</c>, wherever that stands.</summary>
    [Fact]
    public async Task Start_WithARelativeKeyFileThatIsConfiguredLater_FindsItUnderTheContentRoot()
    {
        await WriteKeyAsync("store.key");
        using var host = Build(services => services
            .AddOAuth2TokenStore(_ => new MemoryTokenStore(TimeProvider.System), _ => { })
            .AddOAuth2TokenStore(_ => new MemoryTokenStore(TimeProvider.System), _ => { })
            .Configure<OAuth2TokenStoreOptions>(options => options.KeyFile = "store.key"));

        await host.StartAsync();

        Assert.Equal(Path.Combine(_root, "store.key"), Options(host).KeyFile);
        await host.StopAsync();
    }

    [Fact]
    public async Task Start_WithAKeyFileThatIsMissing_NamesItAsAWhole()
    {
        using var host = Build(services => services.AddOAuth2TokenStore(_ => new MemoryTokenStore(TimeProvider.System), options => options.KeyFile = "missing"));

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.StartsWith($"OAuth2 token store: the KeyFile '{Path.Combine(_root, "missing")}' cannot be read: ", Assert.Single(exception.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAnAbsoluteKeyFile_LeavesItAsItIs()
    {
        await WriteKeyAsync("store.key");
        using var host = Build(services => services.AddOAuth2TokenStore(_ => new MemoryTokenStore(TimeProvider.System), options => options.KeyFile = Path.Combine(_root, "store.key")), contentRoot: Path.GetTempPath());

        await host.StartAsync();

        Assert.Equal(Path.Combine(_root, "store.key"), Options(host).KeyFile);
        await host.StopAsync();
    }

    /// <summary>A variable of the environment that is there and empty is no setting.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task Start_WithAnEmptyKeyFileBesideAKey_TakesTheKey(string file)
    {
        using var host = Build(services => services.AddOAuth2TokenStore(_ => new MemoryTokenStore(TimeProvider.System), options => (options.Key, options.KeyFile) = (MemoryTokenStore.Key, file)));

        await host.StartAsync();

        Assert.Null(Options(host).KeyFile);
        await host.StopAsync();
    }

    [Fact]
    public async Task FileStore_InARelativeFolder_IsUnderTheContentRoot()
    {
        using var host = Build(services =>
        {
            services.AddOAuth2FileTokenStore("tokens", options => options.Key = MemoryTokenStore.Key);
            services.AddSingleton(TimeProvider.System);
        });

        await host.Services.GetRequiredService<IOAuth2TokenStore>().SetAsync("key", [1], TimeSpan.FromHours(1));

        Assert.True(File.Exists(Path.Combine(_root, "tokens", "key.oauth2")));
    }

    [Fact]
    public async Task Dispose_OfTheContainer_DisposesOfTheStore()
    {
        var store = new DisposableStore();
        await using (var services = new ServiceCollection().AddOAuth2TokenStore(_ => store, options => options.Key = MemoryTokenStore.Key).BuildServiceProvider())
            Assert.Same(store, services.GetRequiredService<IOAuth2TokenStore>());

        Assert.True(store.IsDisposed);
    }

    [Fact]
    public void Add_WithoutWhatItNeeds_Throws()
    {
        var services = new ServiceCollection();

        Assert.Throws<ArgumentNullException>(() => services.AddOAuth2TokenStore(null!, _ => { }));
        Assert.Throws<ArgumentNullException>(() => services.AddOAuth2TokenStore(_ => new DisposableStore(), null!));
        Assert.Throws<ArgumentNullException>(() => services.AddOAuth2DistributedTokenStore(null!));
        Assert.Throws<ArgumentException>(() => services.AddOAuth2FileTokenStore(" ", _ => { }));
        Assert.Throws<ArgumentNullException>(() => services.AddOAuth2FileTokenStore("folder", null!));
        Assert.Throws<ArgumentNullException>(() => OAuth2TokenStoreExtensions.AddOAuth2DistributedTokenStore(null!, _ => { }));
        Assert.Empty(services);
    }

    private static OAuth2TokenStoreOptions Options(IHost host) => host.Services.GetRequiredService<IOptions<OAuth2TokenStoreOptions>>().Value;

    private async Task WriteKeyAsync(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        await File.WriteAllTextAsync(Path.Combine(_root, path), MemoryTokenStore.Key);
    }

    private IHost Build(Action<IServiceCollection> configure, string? contentRoot = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = contentRoot ?? _root, Configuration = new ConfigurationManager() });
        configure(builder.Services);
        return builder.Build();
    }

    private sealed class DisposableStore : IOAuth2TokenStore, IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;

        public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default) => default;

        public ValueTask SetAsync(string key, byte[] value, TimeSpan timeToLive, CancellationToken cancellationToken = default) => default;

        public ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => default;

        public ValueTask<bool> TryClaimAsync(string key, string claim, TimeSpan timeToLive, CancellationToken cancellationToken = default) => new(true);

        public ValueTask ReleaseClaimAsync(string key, string claim, CancellationToken cancellationToken = default) => default;

        public ValueTask<bool> SubscribeAsync(Action<string> changed, CancellationToken cancellationToken = default) => new(false);
    }
}
