using System.Text.RegularExpressions;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>Runs the worker as a user does, and reads what it prints.</summary>
public sealed partial class WorkerTests
{
    [Fact]
    public async Task Worker_WithAServerOfItsOwn_ShowsATokensLifeAndEnds()
    {
        var output = await RunAsync();

        // Both tokens, one refresh behind the calls, one that fails, and the one after it.
        Assert.Equal(["missing fetched", "missing fetched"], Fetches(output).Take(2).Select(fetch => fetch.Ended));
        Assert.Contains(("orders", "stale fetched"), Fetches(output));
        Assert.Contains(("billing", "stale failed"), Fetches(output));
        Assert.Equal("fetched", Fetches(output).Last(fetch => fetch.Client == "billing").Ended.Split(' ')[^1]);
        Assert.Matches(@"(?s)\d Healthy\n.*\d Degraded OAuth2 client 'billing': it has a token.*answered 503.*\d Healthy\n.*\d \d+ calls, 0 failed\.\n", output);
        Assert.DoesNotContain("Degraded OAuth2 client 'orders'", output, StringComparison.Ordinal);
        Assert.All(
            (string[])["token_request.duration", "token.remaining_lifetime", "tokens", "background_refreshes"],
            name => Assert.Single(Regex.Matches(output, $"Metric Name: oauth_client.{Regex.Escape(name)},")));
    }

    [Fact]
    public async Task Worker_WithAServerThatIsThere_UsesIt()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        string[] clients = ["orders", "billing"];

        await RunAsync([.. clients.SelectMany(client => (string[])[$"--{client}:TokenEndpoint={server.TokenEndpoint}", $"--{client}:BaseAddress={server.ApiBaseAddress}", $"--{client}:ClientId={OAuth2TestServer.DefaultClientId}", $"--{client}:ClientSecret={OAuth2TestServer.DefaultClientSecret}", $"--{client}:Scopes={client}"]), "--Seconds=1"]);

        Assert.Equal(clients.Order(StringComparer.Ordinal), server.RecordedTokenRequests.Select(request => request.Form["scope"]).Order(StringComparer.Ordinal));
        Assert.NotEqual(0, server.ApiCalls);
    }

    /// <summary>As the spans tell. Lines of the log, which begin with the time, may come in between.</summary>
    private static IEnumerable<(string Client, string Ended)> Fetches(string output) =>
        Fetch().Matches(Regex.Replace(output, @"(?m)^\d\d:\d\d:\d\d .*\n", "")).Select(fetch => (fetch.Groups[1].Value, $"{fetch.Groups[2].Value} {fetch.Groups[3].Value}"));

    private static Task<string> RunAsync(params string[] arguments) => SampleProcess.RunAsync("Worker", arguments);

    [GeneratedRegex(@"oauth_client\.name: (\w+)\n\s+oauth_client\.grant_type: \w+\n\s+oauth_client\.fetch\.reason: (\w+)\n\s+oauth_client\.outcome: (\w+)")]
    private static partial Regex Fetch();
}
