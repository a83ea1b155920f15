namespace OAuthClient.Tests;

/// <summary>
/// How much of what is played many times over: WHOLE_DOSES=1 asks for all of it on each build; without it the two builds share the
/// cases among them, so that a developer need not wait for both to play each.
/// </summary>
internal static class Dose
{
#if NET10_0_OR_GREATER
    private const int Share = 0;
#else
    private const int Share = 1;
#endif

    public static bool IsWhole { get; } = Environment.GetEnvironmentVariable("WHOLE_DOSES") == "1";

    /// <summary>How long a test may be stuck before it fails: a minute, or TEST_PATIENCE_SECONDS where code is broken on purpose and hangs often.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("TEST_PATIENCE_SECONDS"), out var seconds) ? seconds : 60);

    /// <summary>True where this build plays the case of that number.</summary>
    public static bool Includes(int number) => IsWhole || number % 2 == Share;
}
