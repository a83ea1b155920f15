using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using OAuthClient.Benchmarks.Fleets;
using OAuthClient.Benchmarks.Quick;

namespace OAuthClient.Benchmarks.Results;

/// <summary>Writes what a run found, for people: benchmarks/RESULTS.md and its pictures.</summary>
internal static class ResultsPage
{
    private static readonly (string Line, string Label)[] _calls =
    [
        ("warm", "`Authorization: Bearer` on a reused `Uri`"),
        ("shared", "`Authorization: Bearer`, whose token instances share"),
        ("freshuri", "a new `Uri` for each call"),
        ("custom", "a custom header"),
        ("apikey", "token and API key"),
        ("overrides keys=1", "scopes of its own, always the same"),
        ("overrides keys=100", "scopes of its own, one of 100"),
        ("overrides keys=10000", "scopes of its own, one of 10,000"),
        ("warm_with_overrides_in_use", "`Authorization: Bearer`, after millions of calls with scopes of their own"),
        ("memorycache", "*hand-rolled with IMemoryCache*"),
        ("semaphore", "*hand-rolled with SemaphoreSlim*"),
        ("azure", "*Azure.Core, in its own pipeline*"),
        ("msal", "*MSAL.NET*"),
    ];

    public static async Task WriteAsync(IReadOnlyList<Line> lines)
    {
        var folder = FindFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "cost-per-call.svg"), CostChart.Draw(lines));
        await File.WriteAllTextAsync(Path.Combine(folder, "expiry-latency.svg"), LatencyChart.Draw(await ExpiryRun.RunAsync()));
        var page = Path.Combine(folder, "RESULTS.md");
        await File.WriteAllTextAsync(page, FleetPage.Keep(Compose(lines), await File.ReadAllTextAsync(page)));
        Console.WriteLine($"Written: RESULTS.md, cost-per-call.svg and expiry-latency.svg in {folder}");
        Console.WriteLine();
    }

    private static string Compose(IReadOnlyList<Line> lines)
    {
        var page = new StringBuilder($"""
            # What a call costs

            {Machine.Describe()}. Written by `dotnet run -c Release --project benchmarks/OAuthClient.Benchmarks -- quick --write`, in about a minute.

            ![What a handler adds to a call](cost-per-call.svg)

            | a call with | no handler | floor | this | adds | floors | bytes over the floor |
            |---|---:|---:|---:|---:|---:|---:|

            """);
        foreach (var (name, label) in _calls)
        {
            var line = lines.First(line => line.Id == name);

            // Its pipeline sets a header at next to no cost, and a ratio to next to nothing says nothing.
            var floors = name == "azure" ? "" : line["overhead_ratio"].ToString("n2", CultureInfo.InvariantCulture);
            page.Append(CultureInfo.InvariantCulture, $"| {label} | {line["bare_ns"]:n1} ns | {line["floor_ns"]:n1} ns | {line["ours_ns"]:n1} ns | {line["ours_ns"] - line["bare_ns"]:n1} ns | {floors} | {line["extra_bytes"]:n0} |\n");
        }

        var sockets = lines.First(line => line.Name == "sockets");
        var threads = lines.First(line => line.Name == "threads");
        page.Append(CultureInfo.InvariantCulture, $"""

            Over a real connection on loopback, through the factory's pipeline: {sockets["ours_ns"] / 1000:n1} µs, {sockets["ratio"]:n3} times the floor's {sockets["floor_ns"] / 1000:n1} µs.
            Two threads on one client make {threads["ratio"]:n2} times the calls of one ({threads["floor_ratio"]:n2} with the floor, which shares nothing).

            | tokens of other scopes in one client's cache | bytes each, beside the token's characters | time to find one, in order | at random |
            |---:|---:|---:|---:|

            """);
        foreach (var line in lines.Where(line => line.Name == "scale"))
            page.Append(CultureInfo.InvariantCulture, $"| {line["keys"]:n0} | {line["bytes_per_key"]:n0} | {line["ns"]:n0} ns | {line["random_ns"]:n0} ns |\n");

        var bounds = new StringWriter { NewLine = "\n" };
        Bounds.Check(lines, bounds);
        return page.Append(CultureInfo.InvariantCulture, $"""

            Finding a token takes the same steps whatever their number: half a dozen objects are read, each of which tells where the next one is. With 1,000 tokens they
            are in the processor's caches. 100,000 tokens with their characters take {lines[^1]["keys"] * ((lines[^1]["bytes_per_key"] / 1_000_000) + 0.002):n0} MB, and each of them may be a read of the machine's memory, at
            random more often than in order; and what nobody has asked for in ten seconds is looked up in the cache anew. So it is not flat to the letter. Reading ahead, and keeping parts of them together, was tried and
            gained nothing that could be told from noise.

            ## Around an expiry

            ![How long calls take while tokens expire](expiry-latency.svg)

            ## What is measured

            - A new `HttpRequestMessage` for each call through an `HttpMessageInvoker`, to an API that answers before the call returns; a token of 1,000 characters, in the cache.
            - *No handler*: just that. *Floor*: a handler that sets one preallocated header (two where an API key goes along) and does nothing else; for scopes by call,
              on a request with one option set, which is how a request carries such a wish. *Adds*: this - no handler. *Floors*: that, by (floor - no handler).
            - Rounds of a few hundred calls, in each of which every variant has its turn in another order; the median of each. On a busy machine times are
              noise, and what they are to each other within a round is not.
            - The rows in italics are what people use instead, in the same place and with a token in their cache: Microsoft.Identity.Client {GetVersion(typeof(Microsoft.Identity.Client.IConfidentialClientApplication))}, with its usual cache in memory;
              Azure.Core {GetVersion(typeof(Azure.Core.TokenCredential))}, beside a policy that sets a preallocated header and a pipeline with none; a field, an expiry check and a SemaphoreSlim; `IMemoryCache.GetOrCreateAsync`.

            ## Bounds

            `quick` ends with an error where one of these is missed by more than noise.

            ```
            {bounds}```

            ## More

            `-- --filter '*'` has BenchmarkDotNet measure each question by itself, `-- memory` what tokens and clients take, `-- growth` that an hour leaves nothing behind,
            `-- cold` how long a new process takes to its first answer; with `--host` in a host, and `--profile` tells what is loaded and compiled meanwhile.

            """).ToString();
    }

    private static string GetVersion(Type type) => type.Assembly.GetName().Version!.ToString(3);

    public static string FindFolder([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
