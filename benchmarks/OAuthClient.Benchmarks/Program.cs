using BenchmarkDotNet.Running;
using OAuthClient.Benchmarks.Quick;
using OAuthClient.Benchmarks.Soak;

if (args is ["soak" or "scenario", ..])
    return await Scenarios.RunAsync(args);
if (args is ["quick", ..])
    return await QuickRun.RunAsync();
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
