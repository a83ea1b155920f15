using Microsoft.Extensions.Diagnostics.HealthChecks;

/// <summary>Prints the health whenever it changes. A worker in a cluster would write it into a file that a probe looks at.</summary>
internal sealed class HealthLog : IHealthCheckPublisher
{
    private HealthStatus? _last;

    public async Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        if (_last != report.Status)
            await Console.Out.WriteLineAsync($"{DateTime.Now:HH:mm:ss} {_last = report.Status} {report.Entries["oauth2"].Description}".TrimEnd());
    }
}
