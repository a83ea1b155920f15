using Xunit.Abstractions;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>Feeds every reader of answers with mutations of what it meets in real life.</summary>
public sealed class AnswerFuzzTests(ITestOutputHelper output)
{
    public static TheoryData<string> Targets => FuzzTestRun.Names(AnswerTargets.All);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Reader_OfAnyBytes_MakesAValueOrAFailureOfThem(string target) => FuzzTestRun.Run(target, output);
}
