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

    /// <summary>The token endpoint answers 503 for so many milliseconds.</summary>
    Outage,

    /// <summary>The token endpoint answers nothing for so many milliseconds.</summary>
    Hang,

    /// <summary>The token endpoint cannot be reached for so many milliseconds.</summary>
    Abort,
}

/// <summary>One thing that happens, so long after the one before it.</summary>
internal sealed record Act(int AfterMs, ActKind Kind, int Process, int Amount)
{
    public static readonly ActKind[] FairWeather = [ActKind.Calls, ActKind.Calls, ActKind.Calls, ActKind.CancelledCall, ActKind.Upload, ActKind.ForcedCalls, ActKind.Invalidate, ActKind.Revoke, ActKind.Sleep];

    public static readonly ActKind[] FoulWeather = [.. FairWeather, ActKind.Outage, ActKind.Hang, ActKind.Abort];

    public static Gen<Act> Generator(ActKind[] kinds, int lifetimeSeconds, int processes) =>
        from after in Gen.OneOf(Gen.Choose(0, 50), Gen.Choose(0, 3_000), Gen.Choose(0, lifetimeSeconds * 400))
        from kind in Gen.Elements(kinds)
        from process in Gen.Choose(0, processes - 1)
        from amount in kind switch
        {
            ActKind.Calls => Gen.OneOf(Gen.Constant(1), Gen.Choose(1, 30)),
            ActKind.ForcedCalls => Gen.OneOf(Gen.Constant(1), Gen.Choose(1, 8)),
            ActKind.CancelledCall => Gen.Choose(0, 500),
            ActKind.Sleep => Gen.Choose(5_000, lifetimeSeconds * 1_500 + 5_000),
            _ => Gen.Choose(1, 20_000),
        }
        select new Act(after, kind, process, amount);
}
