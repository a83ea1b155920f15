using System.Diagnostics;

namespace Smoke.Server;

/// <summary>What a program said, and how it ended.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Errors, TimeSpan ToFirstCall)
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    public int Scenes => Output.Split("ok: ").Length - 1;

    public static async Task<ProgramRun> StartAsync(string program, Stage stage, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.GetFullPath(program), arguments) { WorkingDirectory = stage.Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in stage.Environment)
            start.Environment[name] = value;

        var answer = stage.Main.WaitForCompletedApiCallsAsync(stage.Main.ApiCalls + 1);
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var ended = process.WaitForExitAsync();
        await Task.WhenAny(answer, ended);
        var elapsed = Stopwatch.GetElapsedTime(started);
        if (await Task.WhenAny(ended, Task.Delay(_patience)) != ended)
            process.Kill(entireProcessTree: true);
        await ended;
        return new ProgramRun(process.ExitCode, (await output).TrimEnd(), await errors, elapsed);
    }

    public IEnumerable<string> FindMistakes() => ExitCode == 0 && Output.EndsWith("OK", StringComparison.Ordinal) ? [] : [$"It ended with {ExitCode}.", Output, Errors];
}
