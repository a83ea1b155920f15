using System.Diagnostics;
using System.Globalization;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Results;

namespace OAuthClient.Benchmarks.Quick;

/// <summary><c>quick</c>, and <c>quick --write</c> for a page of results: every question once, in one process and under a minute, against the bounds.</summary>
internal static class QuickRun
{
    /// <summary>The exit code is 0 where every bound held, 1 where one did not.</summary>
    public static async Task<int> RunAsync(bool write)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var lines = await MeasureAsync();
        WriteTable(lines, Console.Out);
        Console.WriteLine();
        Console.WriteLine(Machine.Describe());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measured in {Stopwatch.GetElapsedTime(startedAt).TotalSeconds:f0} s"));
        Console.WriteLine();
        if (write)
            await ResultsPage.WriteAsync(lines);
        var kept = Bounds.Check(lines, Console.Out);
        Console.WriteLine();
        foreach (var line in lines)
            Console.WriteLine(line);
        return kept ? 0 : 1;
    }

    public static async Task<IReadOnlyList<Line>> MeasureAsync()
    {
        await using var server = await LoopbackServer.StartAsync();
        var lines = new List<Line>();

        lines.Add(await WarmCalls.MeasureAsync("warm", server));
        lines.Add(await WarmCalls.MeasureSharedAsync(server));
        lines.Add(await WarmCalls.MeasureNewUriAsync(server));
        lines.Add(await WarmCalls.MeasureCustomHeaderAsync(server));
        lines.Add(await WarmCalls.MeasureApiKeyAsync(server));
        lines.Add(await ProvenCalls.MeasureAsync(server));
        lines.Add(await ThreadCalls.MeasureAsync(server));
        lines.Add(await SocketCalls.MeasureAsync(server));
        lines.Add(await PeerCalls.MeasureMsalAsync());
        lines.Add(await PeerCalls.MeasureAzureAsync());
        lines.Add(await PeerCalls.MeasureSemaphoreAsync());
        lines.Add(await PeerCalls.MeasureMemoryCacheAsync());
        foreach (var keys in new[] { 1, 100, 10_000 })
            lines.Add(await OverriddenCalls.MeasureAsync(keys));

        // What the calls before have taught the JIT must not make this one dearer.
        lines.Add(await WarmCalls.MeasureAsync("warm_with_overrides_in_use", server));
        lines.AddRange(await Scale.MeasureAsync(1_000, 10_000, 100_000));
        return lines;
    }

    private static void WriteTable(IReadOnlyList<Line> lines, TextWriter output)
    {
        output.WriteLine($"{"a call, in ns",-28}{"no handler",12}{"floor",12}{"this",12}{"floors over none",18}{"bytes over floor",18}");
        foreach (var line in lines.Where(line => line.Has("overhead_ratio")))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{line.Name,-28}{line["bare_ns"],12:n1}{line["floor_ns"],12:n1}{line["ours_ns"],12:n1}{line["overhead_ratio"],18:n2}{line["extra_bytes"],18:n0}"));
        }

        output.WriteLine();
        output.WriteLine("Floor: a handler that sets one preallocated header; for overrides, on a request with one option set. Floors over none: (this - no handler) / (floor - no handler).");
        output.WriteLine("msal, azure, semaphore and memorycache are what people use instead; azure beside an own floor in an own pipeline.");
    }
}
