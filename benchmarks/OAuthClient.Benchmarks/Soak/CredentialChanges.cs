using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>Passwords and secrets that are wrong, or become so.</summary>
internal static class CredentialChanges
{
    public static async IAsyncEnumerable<Report> RunPasswordAsync()
    {
        const int calls = 1_000;
        var requests = Enumerable.Range(0, 10).Select(i => new OAuth2TokenRequest { Scopes = [$"scope-{i}"] }).ToArray();
        var alice = new TestUser(OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        await using var server = await OAuth2TestServer.StartAsync(options => options.Users.Add(alice));
        await using var host = new Host(server, options =>
        {
            options.GrantType = GrantTypes.Password;
            options.Username = alice.Username;
            options.Password = "wrong";
        });
        server.TokenEndpointBehavior.Latency = TimeSpan.FromMilliseconds(50);
        var tally = await Load.AtOnceAsync(calls, i => host.CallAsync(server.ApiBaseAddress, tokenRequest: requests[i % requests.Length]));
        yield return new Report("password")
            .Figure($"{calls:n0} calls with {requests.Length} scope sets: {server.TokenRequests} token requests, {tally.ShowFailures()}, the user has {alice.WrongPasswords} wrong password")
            .Require(server.TokenRequests == 1, "1 token request")
            .Require(tally.CountFailures(nameof(OAuth2TokenException)) == calls, "an OAuth2TokenException for each");
    }

    public static async IAsyncEnumerable<Report> RunRotateAsync()
    {
        const int workers = 64;
        const int rotations = 5;
        var latency = TimeSpan.FromMilliseconds(300);
        var application = new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
        await using var server = await OAuth2TestServer.StartAsync(options =>
        {
            options.Clients.Add(application);
            options.RecordedRequestLimit = 0;
        });
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["TokenEndpoint"] = server.TokenEndpoint.AbsoluteUri,
            ["BaseAddress"] = server.ApiBaseAddress.AbsoluteUri,
            ["ClientId"] = application.ClientId,
            ["ClientSecret"] = application.ClientSecret,
        }).Build();
        await using var host = new Host(server, services => [services.AddOAuth2Client(Host.ClientName, configuration)]);
        await host.CallAsync();
        server.TokenEndpointBehavior.Latency = latency;
        server.ResetCounters();

        var tally = new Tally(latency.TotalMilliseconds / 2);
        var lastUse = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var load = Load.LoopAsync(workers, TimeSpan.FromSeconds(1.5 * rotations), TimeSpan.FromMilliseconds(40), async _ =>
        {
            var startedAt = Stopwatch.GetTimestamp();
            var call = await host.CallAsync();
            tally.Add(call);
            if (call.Token is { } token)
                lastUse[token] = Math.Max(startedAt, lastUse.GetValueOrDefault(token));
        });
        var longest = TimeSpan.Zero;
        for (var i = 0; i < rotations; i++)
        {
            await Task.Delay(300);
            var old = lastUse.MaxBy(use => use.Value).Key;
            application.ClientSecret = configuration["ClientSecret"] = $"secret-{i}";
            configuration.Reload();
            var rotatedAt = Stopwatch.GetTimestamp();
            await Task.Delay(1_000);
            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Stopwatch.GetElapsedTime(rotatedAt, Math.Max(rotatedAt, lastUse[old])).Ticks));
        }

        await load;
        yield return new Report("rotate")
            .Figure($"{rotations} rotations under {workers} workers: {tally.Calls:n0} calls, {tally.ShowFailures()}, {tally.ShowWaits()}, {server.TokenRequests} token requests, old token in use for {longest.TotalMilliseconds:n0} ms at most")
            .Require(tally.Failed == 0, "0 failed")
            .Require(server.TokenRequests == rotations, "1 token request a rotation")
            .Require(longest < 3 * latency, "the old token is gone within a fetch");
    }
}
