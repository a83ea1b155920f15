namespace OAuthClient.Benchmarks.Handlers;

/// <summary>The system's clock, ahead of it by as much as was skipped: a token endpoint is asked a hundred times a minute at most, and nobody wants to wait for thousands of tokens.</summary>
internal sealed class SkippingClock : TimeProvider
{
    private long _skippedMilliseconds;

    public override long TimestampFrequency => 1_000;

    public override long GetTimestamp() => Environment.TickCount64 + Volatile.Read(ref _skippedMilliseconds);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow.AddMilliseconds(Volatile.Read(ref _skippedMilliseconds));

    public void Skip(TimeSpan time) => Interlocked.Add(ref _skippedMilliseconds, (long)time.TotalMilliseconds);
}
