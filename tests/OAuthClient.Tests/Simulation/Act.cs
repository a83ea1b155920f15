using FsCheck;
using FsCheck.Fluent;

namespace OAuthClient.Tests.Simulation;

internal enum ActKind
{
    /// <summary>So many calls at once.</summary>
    Calls,

    /// <summary>A call that its caller gives up so many milliseconds later.</summary>
    CancelledCall,

    /// <summary>A call whose content cannot be sent twice.</summary>
    Upload,

    /// <summary>So many calls, one after the other, that each want a new token.</summary>
    ForcedCalls,

    /// <summary>The process forgets its token.</summary>
    Invalidate,

    /// <summary>An administrator revokes all tokens.</summary>
    Revoke,

    /// <summary>The machine was asleep for so many milliseconds: the wall clock jumps.</summary>
    Sleep,

    /// <summary>The process reads changed options: another time-out, or the secret or password of another version.</summary>
    Reload,

    /// <summary>The token endpoint answers 503 for so many milliseconds.</summary>
    Outage,

    /// <summary>The token endpoint answers nothing for so many milliseconds.</summary>
    Hang,

    /// <summary>The token endpoint cannot be reached for so many milliseconds.</summary>
    Abort,

    /// <summary>Connections to the token endpoint break for so many milliseconds once it has done what it was asked.</summary>
    Lose,

    /// <summary>Something before the token endpoint answers 403 for so many milliseconds.</summary>
    Page,

    /// <summary>The server refuses what a caller's user proves himself by, for so many milliseconds.</summary>
    Refuse,

    /// <summary>The server refuses a secret for so many milliseconds.</summary>
    RefuseClient,

    /// <summary>An API answers 401 for so many milliseconds, whatever the token.</summary>
    Reject,
}

/// <summary>One thing that happens, so long after the one before it.</summary>
/// <param name="AfterMs">How long after.</param>
/// <param name="Kind">What.</param>
/// <param name="Process">In which process.</param>
/// <param name="Amount">How many calls, or milliseconds.</param>
/// <param name="Caller">Whose calls, or who is refused.</param>
/// <param name="Api">Which API is called, or rejects.</param>
internal sealed record Act(int AfterMs, ActKind Kind, int Process, int Amount, int Caller, int Api)
{
    /// <summary>How many versions there are of a secret or a password.</summary>
    public const int Versions = 3;

    public static readonly ActKind[] FairWeather = [ActKind.Calls, ActKind.Calls, ActKind.Calls, ActKind.CancelledCall, ActKind.Upload, ActKind.ForcedCalls, ActKind.Invalidate, ActKind.Revoke, ActKind.Sleep, ActKind.Reload];

    public static readonly ActKind[] Outages = [.. FairWeather, ActKind.Outage, ActKind.Hang, ActKind.Abort, ActKind.Lose];

    public static readonly ActKind[] Refusals = [ActKind.Calls, ActKind.Calls, ActKind.Calls, ActKind.Calls, ActKind.Reload, ActKind.Revoke, ActKind.Page, ActKind.Refuse, ActKind.RefuseClient, ActKind.Reject];

    public static readonly ActKind[] FoulWeather = [.. Outages, .. Refusals];

    public static Gen<Act> Generator(ActKind[] kinds, int lifetimeSeconds, int processes, int callers) =>
        from after in Gen.OneOf(Gen.Choose(0, 50), Gen.Choose(0, 3_000), Gen.Choose(0, lifetimeSeconds * 400))
        from kind in Gen.Elements(kinds)
        from process in Gen.Choose(0, processes - 1)
        from caller in Gen.Choose(0, callers - 1)
        from api in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Constant(1)))
        from amount in kind switch
        {
            ActKind.Calls => Gen.OneOf(Gen.Constant(1), Gen.Choose(1, 30)),
            ActKind.ForcedCalls => Gen.OneOf(Gen.Constant(1), Gen.Choose(1, 8)),
            ActKind.CancelledCall => Gen.Choose(0, 500),
            ActKind.Sleep => Gen.Choose(5_000, (lifetimeSeconds * 1_500) + 5_000),
            _ => Gen.Choose(1, 20_000),
        }
        select new Act(after, kind, process, amount, caller, api);
}
