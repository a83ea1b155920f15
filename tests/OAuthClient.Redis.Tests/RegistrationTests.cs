using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace OAuthClient.Redis.Tests;

/// <summary>What services.AddOAuth2RedisTokenStore(...) does where no engine is needed.</summary>
public sealed class RegistrationTests
{
    private const string Canary = "canary-password";

    // Nobody listens there.
    private const string Nowhere = "127.0.0.1:1,connectTimeout=100";

    [Fact]
    public void Add_WithoutServicesOrConfigure_Throws()
    {
        Assert.Throws<ArgumentNullException>("services", () => ((IServiceCollection)null!).AddOAuth2RedisTokenStore(_ => { }));
        Assert.Throws<ArgumentNullException>("configure", () => new ServiceCollection().AddOAuth2RedisTokenStore(null!));
    }

    [Fact]
    public void Add_Store_IsOneOnRedis()
    {
        var services = new ServiceCollection();
        Assert.Same(services, services.AddOAuth2RedisTokenStore(options => (options.Configuration, options.AllowUnencrypted) = (Nowhere, true)));
        using var provider = services.BuildServiceProvider();

        Assert.IsType<RedisTokenStore>(provider.GetRequiredService<IOAuth2TokenStore>());
        Assert.Same(provider.GetRequiredService<IOAuth2TokenStore>(), provider.GetRequiredService<IOAuth2TokenStore>());
    }

    /// <summary>Also those that it gets some day.</summary>
    [Fact]
    public void Add_OptionsOfAllStores_AreTheSame()
    {
        var properties = typeof(OAuth2TokenStoreOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToArray();
        OAuth2RedisTokenStoreOptions? set = null;
        using var provider = Provide(options =>
        {
            set = options;
            options.Configuration = Nowhere;
            foreach (var property in properties)
                property.SetValue(options, Make(property.PropertyType));
        });

        var options = new OAuth2TokenStoreOptions();
        foreach (var configuration in provider.GetServices<IConfigureOptions<OAuth2TokenStoreOptions>>()) // And no check: no such options make sense.
            configuration.Configure(options);

        Assert.NotEmpty(properties);
        Assert.All(properties, property => Assert.Equal(property.GetValue(set), property.GetValue(options)));
        Assert.All(properties, property => Assert.NotEqual(property.GetValue(new OAuth2TokenStoreOptions()), property.GetValue(options)));
    }

    [Fact]
    public void Configure_OptionsOfAllStoresAfterwards_Wins()
    {
        var (first, second) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(200));
        var services = new ServiceCollection().AddOAuth2RedisTokenStore(options => (options.Configuration, options.AllowUnencrypted, options.Timeout) = (Nowhere, true, first));
        services.Configure<OAuth2TokenStoreOptions>(options => options.Timeout = second);
        using var provider = services.BuildServiceProvider();

        Assert.Equal(second, provider.GetRequiredService<IOptions<OAuth2TokenStoreOptions>>().Value.Timeout);
    }

    [Theory]
    [InlineData("", "Configuration is empty. Set it to host:port and what else is needed, or leave it null to use the IConnectionMultiplexer that is registered.")]
    [InlineData($"redis:6379,passwrd={Canary}", "Configuration cannot be read: part 2 of 2 between commas is nothing that StackExchange.Redis")]
    [InlineData($"redis:6379,password=x,connectTimeout={Canary}", "Configuration cannot be read: part 3 of 3 between commas is nothing that StackExchange.Redis")]
    [InlineData($"rediss://user:{Canary}@redis:6379", "Configuration must not be a URI, but part 1 of 1 between commas looks like one. Set it to host:port,user=...,password=...,ssl=true.")]
    [InlineData($"redis:6379,{Canary}@redis", "Configuration must not be a URI, but part 2 of 2 between commas looks like one. Set it to")]
    [InlineData($"redis:6379,user:{Canary}@redis", "Configuration cannot be read: part 2 of 2 between commas is nothing that StackExchange.Redis")]
    [InlineData($"redis:6379, Password=one,{Canary},ssl=true", "Configuration names a host after the password: part 3 of 4 between commas. Put hosts first. A password with a comma cannot stand in it: register an IConnectionMultiplexer instead, and leave Configuration null.")]
    [InlineData($"redis:{Canary}", "Configuration cannot be read: part 1 of 1 between commas is nothing that StackExchange.Redis")]
    [InlineData($"tunnel={Canary}", "Configuration cannot be read: part 1 of 1 between commas is nothing that StackExchange.Redis")]
    [InlineData($"password={Canary}", "Configuration names no host. Begin it with host:port.")]
    public async Task Start_ConfigurationIsNone_FailsAndDoesNotRepeatIt(string configuration, string sentence)
    {
        var exception = await FailToStartAsync(services => services.AddOAuth2RedisTokenStore(options => (options.Configuration, options.AllowUnencrypted) = (configuration, true)));

        Assert.StartsWith($"OAuth2 token store in Redis: {sentence}", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SettingsMakeNoSense_FailsWithAll()
    {
        var exception = await FailToStartAsync(services => services.AddOAuth2RedisTokenStore(options => (options.Configuration, options.KeyPrefix, options.Database) = (Nowhere, null!, -1)));

        Assert.Equal(
            [
                "OAuth2 token store in Redis: KeyPrefix must not be null. Leave it out for the default, or set it to the empty string for none.",
                "OAuth2 token store in Redis: Database must be 0 or more, but is -1.",
            ],
            exception.Failures);
    }

    [Fact]
    public async Task Start_NothingIsRegistered_Fails()
    {
        var exception = await FailToStartAsync(services => services.AddOAuth2RedisTokenStore(options => options.AllowUnencrypted = true));

        Assert.Equal("OAuth2 token store in Redis: there is no IConnectionMultiplexer. Register one, or set Configuration to host:port and what else is needed.", exception.Message);
    }

    [Theory]
    [InlineData("redis:6379")]
    [InlineData("redis-1:6379,redis-2,password=one=two,ssl=true,defaultDatabase=2, ")]
    [InlineData("password=one,ssl=true,[::1]:6379", false)]
    [InlineData("!/var/run/redis.sock")]
    [InlineData("$PING=,redis:6379,abortConnect=true")]
    public void Validate_Configuration_IsRead(string configuration, bool read = true)
    {
        using var provider = Provide(options => options.Configuration = configuration);

        Assert.Equal(read, Record.Exception(() => provider.GetRequiredService<IOptions<OAuth2RedisTokenStoreOptions>>().Value) is null);
    }

    /// <summary>It may be slow to make, or fail where Redis is down.</summary>
    [Fact]
    public async Task Start_MultiplexerIsRegistered_LeavesItToTheFirstUse()
    {
        var made = 0;
        using var host = Build(services => services.AddOAuth2RedisTokenStore(options => options.AllowUnencrypted = true).AddSingleton<IConnectionMultiplexer>(_ =>
        {
            made++;
            throw new TimeoutException("made");
        }));

        await host.StartAsync();
        var store = host.Services.GetRequiredService<IOAuth2TokenStore>();
        Assert.Equal(0, made);

        Assert.Equal("made", (await Assert.ThrowsAsync<TimeoutException>(async () => await store.GetAsync("key"))).Message);
        Assert.Equal(1, made);
        await host.StopAsync();
    }

    [Fact]
    public async Task Start_RedisIsDown_Starts()
    {
        using var host = Build(services => services.AddOAuth2RedisTokenStore(options => (options.Configuration, options.AllowUnencrypted) = (Nowhere, true)));

        await host.StartAsync();

        await Assert.ThrowsAnyAsync<RedisException>(async () => await host.Services.GetRequiredService<IOAuth2TokenStore>().GetAsync("key"));
        await host.StopAsync();
    }

    /// <summary>A container that cannot tell what is registered finds out on first use.</summary>
    [Fact]
    public async Task Get_NothingIsRegistered_SaysSo()
    {
        using var store = new RedisTokenStore(new(), () => null);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.GetAsync("key"));

        Assert.Equal("OAuth2 token store in Redis: there is no IConnectionMultiplexer. Register one, or set Configuration to host:port and what else is needed.", exception.Message);
    }

    [Fact]
    public void Read_Configuration_GoesOnWithoutRedisAndWaitsInNoQueue()
    {
        var options = RedisConnection.Read("redis:6380,abortConnect=true,ssl=true,password=x,defaultDatabase=2");

        Assert.False(options.AbortOnConnectFail);
        Assert.False(options.BacklogPolicy.QueueWhileDisconnected);
        Assert.True(options.BacklogPolicy.AbortPendingOnConnectionFailure);
        Assert.Equal((true, "x", 2), (options.Ssl, options.Password, options.DefaultDatabase));
    }

    private static object Make(Type type) =>
        type == typeof(string) ? "set"
        : type == typeof(bool) ? true
        : type == typeof(TimeSpan) ? TimeSpan.FromMilliseconds(123)
        : type == typeof(Func<byte[], byte[]>) ? (Func<byte[], byte[]>)(bytes => bytes)
        : type == typeof(Func<CancellationToken, ValueTask<string>>) ? (Func<CancellationToken, ValueTask<string>>)(_ => new("set"))
        : throw new NotSupportedException($"A value for {type}, please.");

    private static ServiceProvider Provide(Action<OAuth2RedisTokenStoreOptions> configure) =>
        new ServiceCollection().AddOAuth2RedisTokenStore(configure).BuildServiceProvider();

    private static IHost Build(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        configure(builder.Services);
        return builder.Build();
    }

    private static async Task<OptionsValidationException> FailToStartAsync(Action<IServiceCollection> configure)
    {
        using var host = Build(configure);
        return await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
    }
}
