using System.Globalization;
using System.Security.Cryptography;
using OAuthClient.Redis.Tests.Engines;
using OAuthClient.Testing;
using Xunit.Abstractions;

namespace OAuthClient.Redis.Tests.Fleet;

/// <summary>
/// Processes that share their tokens through an engine, on the clock of the wall. FLEET_PROCESSES says how many of them, FLEET_LIVES for how many lives of
/// a token, FLEET_LIFE how many seconds it has, FLEET_KILLS how often the engine dies, FLEET_ROTATIONS about how often a refresh token rotates, FLEET_RATE how often each calls in a second, FLEET_STORE_TIMEOUT how many milliseconds a store may take: more than by default, or a machine that has more to
/// do would make stores slow. What calls took is printed, and nothing is asserted of it.
/// </summary>
public abstract class FleetTests(IEngine engine, ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan _life = TimeSpan.FromSeconds(Read("FLEET_LIFE", 4));

    private readonly string _keyFile = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.key");
    private readonly string _old = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static int Processes => Read("FLEET_PROCESSES", 4);

    private static int Lives => Read("FLEET_LIVES", 3);

    [EngineFact]
    public async Task Processes_ThatStartTogether_AskOnceForEachLifeOfTheToken()
    {
        await using var server = await OAuth2TestServer.StartAsync(options => options.TokenLifetime = _life);
        var report = await RunAsync(server, await StartEngineAsync(), Processes, _life * Lives);

        Assert.True(report.Failed == 0, string.Join("\n", report.Faults));
        AssertAtMostTwoALife(server);
    }

    [EngineFact]
    public async Task Processes_OfAServerThatRevokesThePreviousToken_LoseNoCall()
    {
        await using var server = await OAuth2TestServer.StartAsync(options => (options.TokenLifetime, options.ReissueBehavior) = (_life, ReissueBehavior.RevokePrevious));
        var report = await RunAsync(server, await StartEngineAsync(), Processes, TimeSpan.FromSeconds(Read("FLEET_SECONDS", 8)));

        Assert.True(report.Failed == 0, string.Join("\n", report.Faults));
        AssertAtMostTwoALife(server);
    }

    [EngineFact]
    public async Task Processes_WhoseEngineDiesAgainAndAgain_LoseNoCall()
    {
        await using var server = await OAuth2TestServer.StartAsync(options => options.TokenLifetime = _life);
        var kills = Read("FLEET_KILLS", 2);
        var process = await StartEngineAsync();
        using var fleet = await StartAsync(server, process.Address, Math.Min(4, Processes), TimeSpan.FromSeconds(3 * kills));
        var running = fleet.RunAsync();
        for (var i = 0; i < kills; i++)
        {
            await Task.Delay(1_000);
            await process.KillAsync();
            await Task.Delay(1_000);
            process = await engine.StartProcessAsync(process.Port);
        }

        var report = await running;
        await process.DisposeAsync();
        output.WriteLine($"{kills} deaths of the engine: {report}, {server.TokenRequests} token requests");

        Assert.True(report.Failed == 0, string.Join("\n", report.Faults));
    }

    [EngineFact]
    public async Task Processes_WhoseKeyIsReplaced_LoseNoCallAndNoToken()
    {
        await using var server = await OAuth2TestServer.StartAsync(options => options.TokenLifetime = TimeSpan.FromMinutes(15));
        await using var process = await StartEngineAsync();
        using var fleet = await StartAsync(server, process.Address, Math.Min(4, Processes), TimeSpan.FromSeconds(6));
        var running = fleet.RunAsync();
        var fresh = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        foreach (var keys in new[] { $"{_old} {fresh}", $"{fresh} {_old}", fresh })
        {
            await Task.Delay(1_500);
            await File.WriteAllTextAsync(_keyFile, keys);
        }

        var report = await running;
        output.WriteLine($"key replaced: {report}, {server.TokenRequests} token requests");
        Assert.True(report.Failed == 0, string.Join("\n", report.Faults));
        Assert.InRange(server.TokenRequests, 1, 2);
    }

    [EngineFact]
    public async Task Processes_WithRefreshTokensThatRotate_LoseNoSession()
    {
        await using var server = await OAuth2TestServer.StartAsync(options => (options.TokenLifetime, options.RotateRefreshTokens) = (TimeSpan.FromSeconds(2), true));
        var seconds = Read("FLEET_ROTATIONS", 4) * 2;
        await using var process = await StartEngineAsync();
        using var fleet = await StartAsync(server, process.Address, 4, TimeSpan.FromSeconds(seconds), OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        var report = await fleet.RunAsync();
        var requests = server.RecordedTokenRequests;
        output.WriteLine($"rotation: {report}, {requests.Count} token requests, {requests.Count(request => request.Form["grant_type"] == "password")} of them with the password");

        Assert.True(report.Failed == 0, string.Join("\n", report.Faults));
        Assert.All(requests, request => Assert.Equal(200, request.StatusCode));
        Assert.Single(requests, request => request.Form["grant_type"] == "password");
    }

    public void Dispose()
    {
        File.Delete(_keyFile);
        GC.SuppressFinalize(this);
    }

    private async Task<EngineProcess> StartEngineAsync()
    {
        await File.WriteAllTextAsync(_keyFile, _old);
        return await engine.StartProcessAsync();
    }

    private async Task<FleetProcesses> StartAsync(OAuth2TestServer server, string address, int processes, TimeSpan time, string? username = null, string? password = null)
    {
        await using var warmUp = await OAuth2TestServer.StartAsync();
        return await FleetProcesses.StartAsync(processes, new FleetOrder(
            server.TokenEndpoint, server.ApiBaseAddress, address, _keyFile, warmUp.TokenEndpoint, warmUp.ApiBaseAddress, Read("FLEET_RATE", 20), time.TotalSeconds, Read("FLEET_STORE_TIMEOUT", 10_000) / 1_000.0, username, password));
    }

    private async Task<FleetReport> RunAsync(OAuth2TestServer server, EngineProcess process, int processes, TimeSpan time)
    {
        await using (process)
        {
            using var fleet = await StartAsync(server, process.Address, processes, time);
            var report = await fleet.RunAsync();
            output.WriteLine($"{processes} processes, {time.TotalSeconds} s: {report}, {server.TokenRequests} token requests at {string.Join(" ", Times(server).Select(at => at.ToString("0.00", CultureInfo.InvariantCulture)))}");
            return report;
        }
    }

    /// <summary>In no half of a life are there more than two requests.</summary>
    private static void AssertAtMostTwoALife(OAuth2TestServer server)
    {
        var times = Times(server);
        Assert.True(times.Zip(times.Skip(2)).All(pair => pair.Second - pair.First > _life.TotalSeconds / 2), string.Join(" ", times.Select(at => at.ToString("0.0", CultureInfo.InvariantCulture))));
    }

    private static double[] Times(OAuth2TestServer server)
    {
        var requests = server.RecordedTokenRequests.Select(request => request.ReceivedAt).ToArray();
        return [.. requests.Select(at => (at - requests[0]).TotalSeconds)];
    }

    private static int Read(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}

[Collection(GarnetEngine.Collection)]
public sealed class GarnetFleetTests(GarnetEngine engine, ITestOutputHelper output) : FleetTests(engine, output);

[NeedsRedisServer]
[Collection(RedisServerEngine.Collection)]
public sealed class RedisServerFleetTests(RedisServerEngine engine, ITestOutputHelper output) : FleetTests(engine, output);
