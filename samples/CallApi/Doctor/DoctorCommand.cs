namespace CallApi;

/// <summary>Goes through a configuration step by step, and says of the first that fails what to change.</summary>
internal static class DoctorCommand
{
    private const string Json = "Json";

    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var arguments = CommandLine.ParseCall(args, Syntax.Call.With(Json));
        var asJson = arguments.Remove(Json, out var json) && !"false".Equals(json, StringComparison.OrdinalIgnoreCase);
        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler onCancel = (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        Console.CancelKeyPress += onCancel;
        try
        {
            var report = new DoctorReport(terminal, asJson);
            await using var checkup = new Checkup(arguments, terminal);
            await checkup.RunAsync(report.Add, stop.Token);
            return report.Conclude();
        }
        finally
        {
            Console.CancelKeyPress -= onCancel;
        }
    }
}
