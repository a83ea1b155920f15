namespace CallApi;

/// <summary>Runs LocalServer, for whoever has no server yet.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, key) => (key.Cancel, _) = (true, stop.CancelAsync());
        await using var output = new StreamWriter(terminal.Output) { AutoFlush = true };
        return await LocalServer.Command.RunAsync(args, output, terminal.Errors, stop.Token);
    }
}
