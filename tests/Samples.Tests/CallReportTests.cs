using CallApi;

namespace Samples.Tests;

public class CallReportTests
{
    [Theory]
    [InlineData(200, "p50_ms=100 p99_ms=198")]
    [InlineData(100, "p50_ms=50 p99_ms=99")]
    [InlineData(101, "p50_ms=51 p99_ms=100")]
    [InlineData(2, "p50_ms=1 p99_ms=2")]
    [InlineData(1, "p50_ms=1 p99_ms=1")]
    [InlineData(0, "p50_ms=0 p99_ms=0")]
    public void Percentiles_OfSeveralWorkers_AreNearestRanks(int calls, string expected)
    {
        var report = new CallReport();
        var workers = new[] { report.AddWorker(capacity: 1), report.AddWorker(capacity: 1) };
        for (var milliseconds = calls; milliseconds > 0; milliseconds--)
            workers[milliseconds % 2].Times.Add(TimeSpan.FromMilliseconds(milliseconds).Ticks);

        Assert.Contains(expected, report.ToLine(tokenRequests: 1), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_NoCalls_HasEveryField() =>
        Assert.StartsWith("calls=0 ok=0 failed=0 statuses= token_requests=0 wall_ms=", new CallReport().ToLine(tokenRequests: 0), StringComparison.Ordinal);
}
