using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace OAuthClient.Tests.Simulation;

/// <summary>
/// Many processes with many callers each on a fake clock: random schedules of calls, expiries, revocations, outages and cancellations.
/// A story that breaks a rule is shrunk and printed with its seed; SIMULATION_SEED=seed,gamma plays it again, and SIMULATION_STORIES says
/// how many are played.
/// </summary>
public sealed class SimulationTests
{
    [Fact]
    public void Engine_InAnyStory_KeepsEveryRule()
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(Number("SIMULATION_STORIES", 1_000)).WithEndSize(60).WithQuietOnSuccess(true);
        if (Environment.GetEnvironmentVariable("SIMULATION_SEED")?.Split(',') is [var seed, var gamma])
            config = config.WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(ulong.Parse(seed, CultureInfo.InvariantCulture), ulong.Parse(gamma, CultureInfo.InvariantCulture)), FSharpOption<int>.None)));

        Check.One(config, Prop.ForAll(Story.Arbitrary, story =>
        {
            var broken = FindBroken(story, World.Play(story)).ToArray();
            if (broken.Length > 0)
                throw new InvalidOperationException(string.Join('\n', broken.Take(5)));
        }));
    }

    private static IEnumerable<string> FindBroken(Story story, World world) => Rules.FindBroken(story, world).Concat(Promises.FindBroken(story, world));

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
