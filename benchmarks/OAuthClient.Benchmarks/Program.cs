using BenchmarkDotNet.Running;
using OAuthClient.Benchmarks.Soak;

if (args is ["soak" or "scenario", ..])
    return await Scenarios.RunAsync(args);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
