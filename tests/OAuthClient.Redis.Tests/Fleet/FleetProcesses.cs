using System.Diagnostics;
using System.Text.Json;

namespace OAuthClient.Redis.Tests.Fleet;

/// <summary>Instances that are processes of their own, begin together, and end with this one.</summary>
internal sealed class FleetProcesses : IDisposable
{
    private const int AtATime = 8;

    private readonly List<Process> _processes = [];
    private int _ready;

    public static async Task<FleetProcesses> StartAsync(int count, FleetOrder order)
    {
        var fleet = new FleetProcesses();
        for (var i = 0; i < count; i++)
        {
            // A few at a time: this machine has to start all of them.
            if (i % AtATime == 0)
                await fleet.AwaitReadyAsync();
            var start = new ProcessStartInfo("dotnet", ["exec", typeof(FleetProcesses).Assembly.Location, FleetInstance.Argument, JsonSerializer.Serialize(order)])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };

            // Nothing compiles in the background, which is much where a hundred do it on one machine.
            start.Environment["DOTNET_TieredCompilation"] = "0";
            fleet._processes.Add(Process.Start(start)!);
        }

        await fleet.AwaitReadyAsync();
        return fleet;
    }

    /// <summary>Has all of them begin at once, and returns what they report.</summary>
    public async Task<FleetReport> RunAsync()
    {
        foreach (var process in _processes)
            await process.StandardInput.WriteLineAsync();
        var reports = await Task.WhenAll(_processes.Select(async process => JsonSerializer.Deserialize<FleetReport>(await process.StandardOutput.ReadToEndAsync())!));
        return new FleetReport(
            reports.Sum(report => report.Calls), reports.Sum(report => report.Failed), reports.Max(report => report.SlowestMs), reports.Sum(report => report.Slow), reports.Sum(report => report.StoreFailures), [.. reports.SelectMany(report => report.Faults).Distinct().Take(3)]);
    }

    private async Task AwaitReadyAsync()
    {
        for (; _ready < _processes.Count; _ready++)
            Assert.Equal("ready", await _processes[_ready].StandardOutput.ReadLineAsync());
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }
    }
}
