using System.Globalization;
using Spectre.Console;

namespace CallApi;

/// <summary>Shows how a run comes along, where somebody is looking.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Completes when <paramref name="run"/> has; the run's own failure is left to whoever awaits it.</summary>
    public static Task ShowAsync(CallReport report, CallSettings settings, Task run, Terminal terminal) =>
        settings.Silent || !terminal.ShowsErrors || !terminal.Console.Profile.Capabilities.Interactive
            ? Task.WhenAny(run)
            : terminal.Console.Progress()
                .AutoClear(true)
                .Columns(new SpinnerColumn(), new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn())
                .StartAsync(async context =>
                {
                    var task = context.AddTask("calling", maxValue: 1);
                    while (await Task.WhenAny(run, Task.Delay(_interval)) != run)
                    {
                        var byCalls = settings.Repeat is { } repeat ? (double)report.Calls / repeat : 0;
                        var byTime = settings.Duration is { } duration ? report.Elapsed / duration : 0;
                        task.Value = Math.Max(byCalls, byTime);
                        task.Description = string.Create(CultureInfo.InvariantCulture, $"{report.Calls:N0} calls, {report.Calls / report.Elapsed.TotalSeconds:N0} a second, {report.Failed:N0} failed");
                    }
                });
}
