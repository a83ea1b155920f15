namespace CallApi;

/// <summary>Many calls: so many workers, each with one call under way at a time, all through the one HttpClient.</summary>
internal static class CallRunner
{
    public static async Task RunAsync(ApiCall call, CallSettings settings, CallReport report, CancellationToken stop)
    {
        var left = settings.Repeat ?? long.MaxValue;
        var workers = (int)Math.Min(settings.Concurrency, left);
        report.Start();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, CancellationToken.None)));
        report.Stop();

        async Task WorkAsync()
        {
            var worker = report.AddWorker(capacity: (settings.Repeat ?? 100_000) / workers + 1);
            while (!stop.IsCancellationRequested && Interlocked.Decrement(ref left) >= 0)
            {
                // However busy the machine is, each of them calls once.
                await call.SendAsync(worker, show: null, stop);
                if (report.Elapsed >= settings.Duration)
                    break;
            }
        }
    }
}
