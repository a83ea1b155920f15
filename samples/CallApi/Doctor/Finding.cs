namespace CallApi;

internal enum State
{
    Ok,

    /// <summary>Not wrong by itself, and the likely reason where something fails later.</summary>
    Warning,
    Failed,

    /// <summary>Not looked at.</summary>
    Skipped,
}

/// <summary>What one step of the doctor found, and what to change where something is wrong.</summary>
internal sealed record Finding(State State, string Text, string? Remedy = null)
{
    public string Step { get; init; } = "";

    /// <summary>How the program ends where this is what failed.</summary>
    public int ExitCode { get; init; } = CallApi.ExitCode.NoToken;

    public static Finding Ok(string text) => new(State.Ok, text);

    public static Finding Skip(string text) => new(State.Skipped, text);

    public static Finding Of(Failure failure) => new(State.Failed, failure.What, failure.Remedy);
}
