using System.Net;
using System.Net.Sockets;
using OAuthClient.Redis.Tests.Engines;
using StackExchange.Redis;

namespace OAuthClient.Redis.Tests;

/// <summary>What becomes of a store whose engine is away, comes back, or answers nobody.</summary>
public abstract class ConnectionTests(IEngine engine)
{
    private static readonly TimeSpan _time = TimeSpan.FromHours(1);

    [EngineFact]
    public async Task Store_EngineComesBack_WorksAgainAndIsToldAgain()
    {
        await using var first = await engine.StartProcessAsync();
        using var store = CreateStore(first.Address);
        using var told = new SemaphoreSlim(0);
        await store.SubscribeAsync(_ => told.Release());
        await store.SetAsync("key", [1], _time);
        Assert.True(await told.WaitAsync(Eventually.Patience));

        await first.KillAsync();

        await Assert.ThrowsAnyAsync<RedisException>(async () => await store.GetAsync("key"));

        await using var second = await engine.StartProcessAsync(first.Port);

        await Eventually.WorksAsync(async () => await store.SetAsync("key", [2], _time));
        Assert.Equal([2], await store.GetAsync("key"));
        Assert.True(await store.TryClaimAsync("key", "mine", _time));
        await Eventually.IsTrueAsync(async () =>
        {
            await store.SetAsync("key", [3], _time);
            return told.CurrentCount > 0;
        });
    }

    [EngineFact]
    public async Task Store_EngineIsDown_FailsAtOnceAndNamesIt()
    {
        await using var process = await engine.StartProcessAsync();
        using var store = CreateStore(process.Address);
        await store.SetAsync("key", [1], _time);

        await process.KillAsync();

        await FailsAtOnceAsync(store, process);
    }

    [EngineFact]
    public async Task Store_EngineOfTheProgramsMultiplexerIsDown_FailsAtOnceAndNamesIt()
    {
        await using var process = await engine.StartProcessAsync();
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(process.Address);
        using var store = new RedisTokenStore(new(), () => multiplexer);
        await store.SetAsync("key", [1], _time);

        await process.KillAsync();

        await FailsAtOnceAsync(store, process);
    }

    [EngineFact]
    public async Task Store_EngineIsDownAtFirst_WorksOnceItIsUp()
    {
        var port = FreePort.Find();
        using var store = CreateStore($"127.0.0.1:{port},connectTimeout=1000");
        await Assert.ThrowsAnyAsync<RedisException>(async () => await store.GetAsync("key"));
        await Assert.ThrowsAnyAsync<RedisException>(async () => await store.SubscribeAsync(_ => { }));

        await using var process = await engine.StartProcessAsync(port);

        using var told = new SemaphoreSlim(0);
        await Eventually.WorksAsync(async () => await store.SubscribeAsync(_ => told.Release()));
        await store.SetAsync("key", [1], _time);
        Assert.Equal([1], await store.GetAsync("key"));
        Assert.True(await told.WaitAsync(Eventually.Patience));
    }

    /// <summary>The client's own time-outs are far away: a thread that is blocked stays so.</summary>
    [EngineFact]
    public async Task Store_EngineAnswersNobody_CancellationEndsTheWait()
    {
        await using var process = await engine.StartProcessAsync();
        using var store = CreateStore($"{process.Address},syncTimeout=600000,asyncTimeout=600000");
        await store.SetAsync("key", [1], _time);
        await store.TryClaimAsync("key", "mine", _time);
        await process.PauseAsync();

        await EndsWithTheTokenAsync(async token => await store.GetAsync("key", token));
        await EndsWithTheTokenAsync(async token => await store.SetAsync("key", [2], _time, token));
        await EndsWithTheTokenAsync(async token => await store.RemoveAsync("key", token));
        await EndsWithTheTokenAsync(async token => await store.TryClaimAsync("key", "mine", _time, token));
        await EndsWithTheTokenAsync(async token => await store.ReleaseClaimAsync("key", "mine", token));
        await EndsWithTheTokenAsync(async token => await store.SubscribeAsync(_ => { }, token));

        await process.ResumeAsync();
    }

    [EngineFact]
    public async Task Store_EngineAnswersNobodyAtFirst_CancellationEndsTheWait()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var store = CreateStore($"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");

        await EndsWithTheTokenAsync(async token => await store.GetAsync("key", token));
    }

    [EngineFact]
    public async Task Subscribe_FailedAtFirst_TellsOnce()
    {
        await using var process = await engine.StartProcessAsync();
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync($"{process.Address},asyncTimeout=1000");
        using var store = new RedisTokenStore(new(), () => multiplexer);
        using var other = CreateStore(process.Address);
        await store.GetAsync("key");
        await other.GetAsync("key");

        // News come by a connection of their own; until there is one, a subscription is put off and does not fail.
        await Eventually.IsTrueAsync(() => Task.FromResult(multiplexer.GetSubscriber().IsConnected()));
        await process.PauseAsync();
        var keys = new List<string>();
        await Assert.ThrowsAnyAsync<Exception>(async () => await store.SubscribeAsync(_ => { }));
        await process.ResumeAsync();

        using var told = new SemaphoreSlim(0);
        await Eventually.WorksAsync(async () => await store.SubscribeAsync(Hear));
        await other.SetAsync("key", [1], _time);
        await other.SetAsync("end", [1], _time);

        await Eventually.IsTrueAsync(() =>
        {
            lock (keys)
                return Task.FromResult(keys.Contains("end"));
        });
        lock (keys)
            Assert.Equal(["end", "key"], keys.Order());

        void Hear(string key)
        {
            lock (keys)
                keys.Add(key);
        }
    }

    [EngineFact]
    public async Task Password_IsWrong_IsInNoException()
    {
        await using var process = await engine.StartProcessAsync("the right one");
        using var store = CreateStore($"{process.Address},connectTimeout=1000,password=canary-password");
        using var right = CreateStore($"{process.Address},password=the right one");

        var first = await Assert.ThrowsAnyAsync<Exception>(async () => await store.GetAsync("key"));
        var second = await Assert.ThrowsAnyAsync<Exception>(async () => await store.SetAsync("key", [1], _time));
        var third = await Assert.ThrowsAnyAsync<Exception>(async () => await store.SubscribeAsync(_ => { }));

        Assert.All([first, second, third], exception => Assert.DoesNotContain("canary", exception.ToString(), StringComparison.Ordinal));
        await right.SetAsync("key", [1], _time);
    }

    [EngineFact]
    public async Task Dispose_OfAStoreThatConnected_EndsItsConnection()
    {
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync($"{engine.Address},allowAdmin=true");
        var name = $"store-{Guid.NewGuid():N}";
        var store = CreateStore($"{engine.Address},name={name}");
        await store.SubscribeAsync(_ => { });
        Assert.Contains(name, await ListClientsAsync(), StringComparison.Ordinal);

        store.Dispose();
        store.Dispose();

        await Eventually.IsTrueAsync(async () => !(await ListClientsAsync()).Contains(name, StringComparison.Ordinal));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.GetAsync("key"));

        async Task<string> ListClientsAsync() => (string)(await multiplexer.GetDatabase().ExecuteAsync("CLIENT", "LIST"))!;
    }

    [EngineFact]
    public async Task Dispose_OfAStoreThatIsConnecting_EndsTheConnectionThatComesOfIt()
    {
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(engine.Address);
        var connecting = new TaskCompletionSource<IConnectionMultiplexer>();
        var store = new RedisTokenStore(new(), new RedisConnection(() => connecting.Task, owned: true));
        var call = store.GetAsync("key");

        store.Dispose();
        connecting.SetResult(multiplexer);

        await Assert.ThrowsAnyAsync<Exception>(async () => await call);
        await Eventually.IsTrueAsync(() => Task.FromResult(!multiplexer.IsConnected));
    }

    [EngineFact]
    public async Task Dispose_OfAStoreOnTheProgramsMultiplexer_LeavesItConnectedAndSubscribesNoMore()
    {
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(engine.Address);
        var prefix = $"test-{Guid.NewGuid():N}:";
        var store = new RedisTokenStore(new() { KeyPrefix = prefix }, () => multiplexer);
        await store.SubscribeAsync(_ => { });
        Assert.Equal(1, await CountSubscribersAsync());

        store.Dispose();

        await Eventually.IsTrueAsync(async () => await CountSubscribersAsync() == 0);
        Assert.True(multiplexer.IsConnected);

        async Task<int> CountSubscribersAsync() => (int)(await multiplexer.GetDatabase().ExecuteAsync("PUBSUB", "NUMSUB", $"{prefix}changed"))[1];
    }

    /// <summary>A container disposes of what was made last first: of the multiplexer, since the store asks for it on first use.</summary>
    [EngineFact]
    public async Task Dispose_MultiplexerOfTheProgramIsDisposedOfAlready_DoesNotThrow()
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(engine.Address);
        var store = new RedisTokenStore(new() { KeyPrefix = $"test-{Guid.NewGuid():N}:" }, () => multiplexer);
        await store.SubscribeAsync(_ => { });

        await multiplexer.DisposeAsync();

        store.Dispose();
    }

    private static RedisTokenStore CreateStore(string configuration) => new(new() { Configuration = configuration }, () => null);

    private static async Task EndsWithTheTokenAsync(Func<CancellationToken, Task> call)
    {
        using var source = new CancellationTokenSource();
        var calling = await Task.Run(() => new[] { call(source.Token) }).WaitAsync(Eventually.Patience);
        Assert.False(calling[0].IsCompleted);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling[0].WaitAsync(Eventually.Patience));
    }

    /// <summary>Without a wait for anything, once the client has noticed.</summary>
    private static async Task FailsAtOnceAsync(RedisTokenStore store, EngineProcess process)
    {
        ValueTask<byte[]?> call = default;
        await Eventually.IsTrueAsync(async () =>
        {
            call = store.GetAsync("key");
            if (call.IsFaulted)
                return true;

            await Assert.ThrowsAnyAsync<RedisException>(async () => await call);
            return false;
        });

        var exception = await Assert.ThrowsAsync<RedisConnectionException>(async () => await call);
        Assert.Contains(process.Address, exception.ToString(), StringComparison.Ordinal);
    }
}

[Collection(GarnetEngine.Collection)]
public sealed class ConnectionToGarnetTests(GarnetEngine engine) : ConnectionTests(engine);

[Collection(RedisServerEngine.Collection)]
[NeedsRedisServer]
public sealed class ConnectionToRedisServerTests(RedisServerEngine engine) : ConnectionTests(engine);
