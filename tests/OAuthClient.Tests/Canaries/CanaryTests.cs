using System.Reflection;

namespace OAuthClient.Tests.Canaries;

/// <summary>
/// No secret, password or token is seen anywhere but in the request to the authorization server and in the configured headers of a call.
/// Every scenario plays in both setups, where the dose is whole on each build, with a listener at everything that a process tells about itself.
/// </summary>
[Collection(nameof(CanaryCollection))]
public sealed class CanaryTests
{
    private static readonly MethodInfo[] _scenarios = typeof(CanaryTests).Assembly.GetTypes()
        .Where(type => type.Namespace == typeof(CanaryTests).Namespace && type.Name.EndsWith("Scenarios", StringComparison.Ordinal))
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .OrderBy(method => (method.DeclaringType!.Name, method.Name))
        .ToArray();

    public static TheoryData<string, string, Setup> Scenarios
    {
        get
        {
            var data = new TheoryData<string, string, Setup>();
            for (var i = 0; i < _scenarios.Length; i++)
            {
                foreach (var setup in Enum.GetValues<Setup>())
                {
                    if (Dose.Includes(i + (int)setup))
                        data.Add(_scenarios[i].DeclaringType!.Name, _scenarios[i].Name, setup);
                }
            }

            return data;
        }
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Scenarios))]
    public async Task Canary_IsSeenNowhereElse(string scenarios, string name, Setup setup)
    {
        await using var stage = await Stage.StartAsync(setup);

        await (Task)_scenarios.Single(scenario => (scenario.DeclaringType!.Name, scenario.Name) == (scenarios, name)).Invoke(null, [stage])!;

        stage.AssertNothingWasSeen();
    }
}
