using System.Globalization;
using Xunit.Abstractions;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>Feeds one target within a test. FUZZ_SEED plays a run again, and FUZZ_INPUTS says how many inputs a target gets.</summary>
internal static class FuzzTestRun
{
    private static readonly int _inputs = Number("FUZZ_INPUTS", Dose.IsWhole ? 100_000 : 5_000);
    private static readonly int _seed = Number("FUZZ_SEED", Environment.TickCount & int.MaxValue);

    public static TheoryData<string> Names(FuzzTarget[] targets) => [.. targets.Select(target => target.Name)];

    public static void Run(string name, ITestOutputHelper output)
    {
        var fuzzer = new Fuzzer(Array.Find(FuzzTargets.All, target => target.Name == name)!, _seed);
        fuzzer.Run(_inputs);
        output.WriteLine($"{name}: FUZZ_SEED={_seed} {fuzzer.Result}");
        if (fuzzer.Result.Failures is [var first, ..])
            throw first;
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
