using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OAuthClient.Redis.Tests.Engines;

/// <summary>
/// An engine that is a process of its own, which can be killed, stopped and started again on its port. It ends with the process that started it,
/// however that ends.
/// </summary>
public sealed class EngineProcess : IAsyncDisposable
{
    // The engine's id, then all that it says. It is ended once the input closes.
    private const string Keeper = "\"$0\" \"$@\" & echo $!; cat > /dev/null; kill -9 $! 2> /dev/null; wait";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private EngineProcess(Process process, int port, int id) => (_process, Port, Id) = (process, port, id);

    public int Port { get; }

    /// <summary>The process id of the engine itself.</summary>
    public int Id { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Garnet, which this assembly runs.</summary>
    public static Task<EngineProcess> StartGarnetAsync(int? port = null, params string[] arguments) =>
        StartAsync(port, free => new("dotnet", ["exec", typeof(EngineProcess).Assembly.Location, "--port", free, .. arguments]));

    /// <summary>redis-server, as <see cref="RedisServer.Path"/> says where it is.</summary>
    public static Task<EngineProcess> StartRedisServerAsync(int? port = null, params string[] arguments) =>
        StartAsync(port, free => new("/bin/sh", ["-c", Keeper, RedisServer.Path!, "--port", free, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", .. arguments]));

    /// <summary>Ends it at once, as a machine that is lost does.</summary>
    public async Task KillAsync()
    {
        if (_process.HasExited)
            return;

        using (var engine = Process.GetProcessById(Id))
            engine.Kill();

        await DisposeAsync();
    }

    /// <summary>It answers nobody until <see cref="ResumeAsync"/>, and its connections stay open.</summary>
    public Task PauseAsync() => SignalAsync("-STOP");

    public Task ResumeAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_process.HasExited)
                return;

            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(_patience);
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<EngineProcess> StartAsync(int? port, Func<string, ProcessStartInfo> describe)
    {
        for (var attempt = 1; ; attempt++)
        {
            var chosen = port ?? FreePort.Find();
            var start = describe(chosen.ToString(CultureInfo.InvariantCulture));
            (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
            var process = Process.Start(start)!;
            var output = new StringBuilder();
            process.ErrorDataReceived += (_, line) => Note(line.Data);
            process.BeginErrorReadLine();

            using var patience = new CancellationTokenSource(_patience);
            var id = 0;
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                Note(line);
                if (id == 0)
                    id = int.Parse(line, CultureInfo.InvariantCulture);
                if (line.Contains(EngineProgram.Ready, StringComparison.Ordinal))
                {
                    // Nobody is to wait for a pipe that is full.
                    _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                    return new(process, chosen, id);
                }
            }

            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);

            // Somebody else may have taken the port since it was found.
            if (attempt == 3)
                throw new InvalidOperationException($"The engine on port {chosen} ended before it was up:{Environment.NewLine}{output}");

            void Note(string? line)
            {
                lock (output)
                    output.AppendLine(line);
            }
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}
