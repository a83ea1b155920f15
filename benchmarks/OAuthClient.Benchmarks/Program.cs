using BenchmarkDotNet.Running;
using OAuthClient.Benchmarks.Cold;
using OAuthClient.Benchmarks.Fleets;
using OAuthClient.Benchmarks.Fuzz;
using OAuthClient.Benchmarks.Growth;
using OAuthClient.Benchmarks.Memory;
using OAuthClient.Benchmarks.Quick;
using OAuthClient.Benchmarks.Soak;

switch (args)
{
    case [ColdChild.Verb, ..]:
        return await ColdChild.RunAsync(args);
    case ["cold", ..]:
        return await ColdRun.RunAsync(args);
    case ["soak" or "scenario", ..]:
        return await Scenarios.RunAsync(args);
    case ["fleet", ..]:
        return await FleetRun.RunAsync(write: args.Contains("--write"));
    case ["fuzz", ..]:
        return FuzzRun.Run(args);
    case ["quick", ..]:
        return await QuickRun.RunAsync(write: args.Contains("--write"));
    case ["memory"]:
        return await MemoryRun.RunAsync();
    case ["growth"]:
        return await GrowthRun.RunAsync();
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
