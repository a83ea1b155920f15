using Garnet;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace OAuthClient.Redis.Tests.Engines;

/// <summary>An engine that all tests of a collection share, each under a prefix of its own.</summary>
public interface IEngine
{
    string Address { get; }

    /// <summary>Another one of the kind, as a process of its own.</summary>
    Task<EngineProcess> StartProcessAsync(int? port = null);

    /// <summary>The same, for those alone who know the password.</summary>
    Task<EngineProcess> StartProcessAsync(string password);
}

/// <summary>Garnet, in this process.</summary>
public sealed class GarnetEngine : IEngine, IDisposable
{
    public const string Collection = "Garnet";

    private readonly GarnetServer _server;

    public GarnetEngine()
    {
        var port = FreePort.Find();
        Address = $"127.0.0.1:{port}";
        _server = EngineProgram.Start("--port", $"{port}");
    }

    public string Address { get; }

    public Task<EngineProcess> StartProcessAsync(int? port = null) => EngineProcess.StartGarnetAsync(port);

    public Task<EngineProcess> StartProcessAsync(string password) => EngineProcess.StartGarnetAsync(null, "--auth", "Password", "--password", password);

    public void Dispose() => _server.Dispose();
}

/// <summary>Debian's redis-server, as a process.</summary>
public sealed class RedisServerEngine(IMessageSink messages) : IEngine, IAsyncLifetime
{
    public const string Collection = "redis-server";

    private EngineProcess? _process;

    public string Address => _process!.Address;

    public Task<EngineProcess> StartProcessAsync(int? port = null) => EngineProcess.StartRedisServerAsync(port);

    public Task<EngineProcess> StartProcessAsync(string password) => EngineProcess.StartRedisServerAsync(null, "--requirepass", password);

    /// <summary>It is made where all tests are skipped, too.</summary>
    public async Task InitializeAsync()
    {
        if (RedisServer.ReasonToSkip is { } reason)
            messages.OnMessage(new DiagnosticMessage(reason)); // The reason of a skipped test is seen in no console.
        else
            _process = await EngineProcess.StartRedisServerAsync();
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
    }
}

[CollectionDefinition(GarnetEngine.Collection)]
public sealed class GarnetCollection : ICollectionFixture<GarnetEngine>;

[CollectionDefinition(RedisServerEngine.Collection)]
public sealed class RedisServerCollection : ICollectionFixture<RedisServerEngine>;
