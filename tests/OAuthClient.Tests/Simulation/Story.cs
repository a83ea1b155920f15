using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>What becomes of a refresh token that is used.</summary>
internal enum RefreshBehavior
{
    /// <summary>There are none.</summary>
    None,

    /// <summary>It can be used again.</summary>
    Fixed,

    /// <summary>Another takes its place.</summary>
    Rotating,
}

/// <summary>What happens in one simulated world, and when. Stories are made, and shrunk when they fail, by FsCheck.</summary>
internal sealed record Story(
    ReissueBehavior Behavior,
    string GrantType,
    RefreshBehavior Refresh,
    int Processes,
    int Callers,
    int LifetimeSeconds,
    int TokenLatencyMs,
    int ApiLatencyMs,
    int Seed,
    IReadOnlyList<Act> Acts)
{
    public static Arbitrary<Story> Arbitrary { get; } = Arb.From(Generator(), Shrink);

    public bool IsFair => Acts.All(act => Act.FairWeather.Contains(act.Kind));

    public bool HasOnlyRefreshToken => GrantType == GrantTypes.RefreshToken;

    public int ForcedCalls => Acts.Where(act => act.Kind == ActKind.ForcedCalls).Sum(act => act.Amount);

    public int Count(ActKind kind) => Acts.Count(act => act.Kind == kind);

    public override string ToString()
    {
        var text = new StringBuilder($"\n{Behavior}, {GrantType}, {Refresh} refresh tokens, {Processes} processes with {Callers} callers, lifetime {LifetimeSeconds} s, latency {TokenLatencyMs} ms and {ApiLatencyMs} ms, seed {Seed}\n");
        foreach (var act in Acts)
            text.Append($"  after {act.AfterMs} ms: process {act.Process} {act.Kind} {act.Amount} (caller {act.Caller}, API {act.Api})\n");
        return text.ToString();
    }

    // A password that has not proved good is tried by one caller at a time; the others go on on the pool, out of the story's sight.
    private static Gen<Story> Generator() =>
        from behavior in Gen.Elements(Enum.GetValues<ReissueBehavior>())
        from grantType in Gen.Elements(GrantTypes.ClientCredentials, GrantTypes.ClientCredentials, GrantTypes.Password, GrantTypes.JwtBearer, GrantTypes.JwtBearer, GrantTypes.RefreshToken)
        from refresh in Gen.Elements(Enum.GetValues<RefreshBehavior>())
        from processes in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Constant(2)), (1, Gen.Choose(3, 4)))
        from callers in grantType == GrantTypes.Password ? Gen.Constant(1) : Gen.Choose(1, 3)
        from lifetime in Gen.Elements(3, 10, 60, 900, 3600)
        from tokenLatency in Gen.Elements(0, 5, 200, 2_000)
        from apiLatency in Gen.Elements(0, 20, 500)
        from seed in Gen.Choose(0, int.MaxValue)
        from weather in Gen.Elements(Act.FairWeather, Act.FairWeather, Act.Outages, Act.Refusals, Act.FoulWeather)
        from acts in Act.Generator(weather, lifetime, processes, callers).ListOf()
        select new Story(behavior, grantType, refresh, processes, callers, lifetime, tokenLatency, apiLatency, seed, [.. acts]);

    private static IEnumerable<Story> Shrink(Story story)
    {
        var acts = story.Acts;
        for (var length = acts.Count / 2; length >= 1; length /= 2)
        {
            for (var start = 0; start + length <= acts.Count; start += length)
                yield return story with { Acts = [.. acts.Take(start), .. acts.Skip(start + length)] };
        }

        if (story.Processes > 1)
            yield return story with { Processes = story.Processes - 1, Acts = [.. acts.Select(act => act with { Process = Math.Min(act.Process, story.Processes - 2) })] };
        if (story.Callers > 1)
            yield return story with { Callers = story.Callers - 1, Acts = [.. acts.Select(act => act with { Caller = Math.Min(act.Caller, story.Callers - 2) })] };
        if (story.GrantType != GrantTypes.ClientCredentials)
            yield return story with { GrantType = GrantTypes.ClientCredentials };
        if (story.TokenLatencyMs > 0)
            yield return story with { TokenLatencyMs = 0 };
        if (story.ApiLatencyMs > 0)
            yield return story with { ApiLatencyMs = 0 };
        for (var i = 0; i < acts.Count; i++)
        {
            if (acts[i].AfterMs > 0)
                yield return story with { Acts = [.. acts.Take(i), acts[i] with { AfterMs = acts[i].AfterMs / 2 }, .. acts.Skip(i + 1)] };
        }
    }
}
