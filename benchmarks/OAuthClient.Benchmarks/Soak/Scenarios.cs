using System.Globalization;

namespace OAuthClient.Benchmarks.Soak;

/// <summary><c>soak</c>, <c>scenario &lt;name&gt;</c>, <c>scenario all</c> and <c>scenario list</c>, each with <c>--seconds n</c> where time is what it takes.</summary>
internal static class Scenarios
{
    /// <summary>How long a run may take; a scenario names its usual length.</summary>
    public delegate TimeSpan Length(int usualSeconds);

    private sealed record Scenario(string Name, string Claim, Func<Length, IAsyncEnumerable<Report>> Run);

    private static readonly Scenario[] _scenarios =
    [
        new("cold", "1,000 cold callers ask for one token, and wait for one answer", _ => ColdStart.RunAsync()),
        new("failing", "a server that fails at the start is asked once in a back-off interval; nobody reaches the API", ColdStart.RunFailingAsync),
        new("cancel", "who goes away takes nobody along", _ => ColdStart.RunCancelAsync()),
        new("expiries", "nobody waits at an expiry; on a sticky server one answer's time", _ => Expiries.RunAsync()),
        new("sticky", "the same token again is not asked for again", _ => Expiries.RunStickyAsync()),
        new("steady", "an hour's token is asked for once", _ => Expiries.RunSteadyAsync()),
        new("suspend", "no token is sent that expired while the machine slept", _ => Expiries.RunSuspendAsync()),
        new("outage", "a server that is out of order costs no call while the token is valid", _ => Outages.RunAsync()),
        new("retryafter", "a server that asks for a pause gets it", _ => Outages.RunRetryAfterAsync()),
        new("revoked", "500 calls whose token was revoked share one new one", _ => RejectedTokens.RunRevokedAsync()),
        new("rejecting", "an API that takes no token disturbs neither the server nor another API", RejectedTokens.RunRejectingAsync),
        new("password", "a wrong password is sent once", _ => CredentialChanges.RunPasswordAsync()),
        new("rotate", "a new secret under load costs no call", _ => CredentialChanges.RunRotateAsync()),
        new("contest", "hosts that revoke each other's tokens lose no calls", Contest.RunAsync),
        new("memory", "a cached token takes little, and the cache keeps to its bound", _ => Memory.RunAsync()),
        new("uploads", "content that can be sent again is never lost", Uploads.RunAsync),
    ];

    /// <summary>Runs what is asked for; the exit code is 0 where every bound held, 1 where one did not, 2 where nothing of that name exists.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int? seconds = null;
        if (Array.IndexOf(args, "--seconds") is >= 0 and var at)
        {
            if (at + 1 == args.Length || !int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 15 or > 3_600)
                return Fail("--seconds takes a number from 15 to 3600.");
            seconds = number;
        }

        Length length = usual => TimeSpan.FromSeconds(seconds ?? usual);
        switch (args)
        {
            case ["soak", ..]:
                return await PrintAsync(SoakRun.RunAsync(length)) ? 0 : 1;
            case ["scenario", "list", ..]:
                foreach (var scenario in _scenarios)
                    Console.WriteLine($"{scenario.Name,-11}{scenario.Claim}");
                return 0;
            case ["scenario", "all", ..]:
                var passed = true;
                foreach (var scenario in _scenarios)
                    passed &= await PrintAsync(scenario.Run(length));
                return passed ? 0 : 1;
            case ["scenario", var name, ..] when Array.Find(_scenarios, scenario => scenario.Name == name) is { } found:
                return await PrintAsync(found.Run(length)) ? 0 : 1;
            default:
                return Fail("Name a scenario, or 'all'; 'scenario list' tells which there are.");
        }
    }

    private static async Task<bool> PrintAsync(IAsyncEnumerable<Report> reports)
    {
        var passed = true;
        await foreach (var report in reports)
        {
            Console.WriteLine(report);
            passed &= report.Passed;
        }

        return passed;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }
}
