using System.Globalization;
using Smoke.Server;

// Smoke.Server <program> ... : starts each published build of Smoke.App against servers of its own, and looks at what it did to them. The exit code is 0 where
// all is well. Then it is started for one call alone, again and again: how long from the start of the process to the answer, the token included.
const int Starts = 5;
var failures = 0;
foreach (var program in args)
{
    await using var stage = await Stage.StartAsync();
    _ = stage.ApproveDevicesAsync();
    List<ProgramRun> runs = [await ProgramRun.StartAsync(program, stage)];
    var (calls, found) = (stage.Calls, stage.FindMistakes().ToArray());
    while (runs.Count <= Starts)
        runs.Add(await ProgramRun.StartAsync(program, stage, "--Only=asgardeo"));

    string[] mistakes = [.. runs.SelectMany(run => run.FindMistakes()), .. found];
    var milliseconds = runs[1..].Select(run => run.ToFirstCall.TotalMilliseconds).Order().ElementAt(Starts / 2);
    Console.WriteLine(mistakes.Length > 0
        ? $"{program}: FAILED\n{string.Join('\n', mistakes)}"
        : string.Create(CultureInfo.InvariantCulture, $"{program}: {runs[0].Scenes} scenes with {calls} calls; started for one call, it has the answer after {milliseconds:f0} ms"));
    failures += mistakes.Length > 0 ? 1 : 0;
}

return failures == 0 && args.Length > 0 ? 0 : 1;
