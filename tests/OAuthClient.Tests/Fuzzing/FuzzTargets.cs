namespace OAuthClient.Tests.Fuzzing;

/// <summary>Everything that reads bytes from outside.</summary>
internal static class FuzzTargets
{
    public static FuzzTarget[] All { get; } = [.. AnswerTargets.All, .. HeaderTargets.All, .. SettingTargets.All];
}
