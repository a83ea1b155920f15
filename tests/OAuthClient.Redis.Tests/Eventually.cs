using System.Diagnostics;
using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace OAuthClient.Redis.Tests;

/// <summary>
/// Asks until it is so. An engine lets entries go by a clock of its own, which no test can move, and a client connects again when it can: both are
/// asked for, within bounds, and nothing waits for time itself.
/// </summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"Never so: {what}");
            await Task.Delay(10);
        }
    }

    /// <summary>Calls until it is answered, as those do who use a store that was down.</summary>
    public static Task WorksAsync(Func<ValueTask> call) => IsTrueAsync(async () =>
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return false;
        }
    }, "the store works again");
}
