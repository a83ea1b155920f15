using BenchmarkDotNet.Running;
using OAuthClient.Benchmarks.Fuzz;
using OAuthClient.Benchmarks.Soak;

if (args is ["soak" or "scenario", ..])
    return await Scenarios.RunAsync(args);
if (args is ["fuzz", ..])
    return FuzzRun.Run(args);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
