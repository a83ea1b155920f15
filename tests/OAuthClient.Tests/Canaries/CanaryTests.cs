using System.Reflection;

namespace OAuthClient.Tests.Canaries;

/// <summary>
/// No secret, password or token is seen anywhere but in the request to the authorization server and in the configured headers of a call.
/// Every scenario plays in both setups, with a listener at everything that a process tells about itself.
/// </summary>
[Collection(nameof(CanaryCollection))]
public sealed class CanaryTests
{
    private static readonly Dictionary<string, MethodInfo> _scenarios = typeof(CanaryTests).Assembly.GetTypes()
        .Where(type => type.Namespace == typeof(CanaryTests).Namespace && type.Name.EndsWith("Scenarios", StringComparison.Ordinal))
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .ToDictionary(method => $"{method.DeclaringType!.Name}.{method.Name}", StringComparer.Ordinal);

    public static TheoryData<string, Setup> Scenarios
    {
        get
        {
            var data = new TheoryData<string, Setup>();
            foreach (var name in _scenarios.Keys.Order(StringComparer.Ordinal))
            {
                foreach (var setup in Enum.GetValues<Setup>())
                    data.Add(name, setup);
            }

            return data;
        }
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Scenarios))]
    public async Task Canary_IsSeenNowhereElse(string scenario, Setup setup)
    {
        await using var stage = await Stage.StartAsync(setup);

        await (Task)_scenarios[scenario].Invoke(null, [stage])!;

        stage.AssertNothingWasSeen();
    }
}
