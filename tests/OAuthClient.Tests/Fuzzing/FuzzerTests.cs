namespace OAuthClient.Tests.Fuzzing;

public sealed class FuzzerTests
{
    [Fact]
    public void SameSeed_MakesTheSameInputs()
    {
        var target = new FuzzTarget("any", ["{\"a\":1}", "[]"], ["x\u0001"], _ => { });
        var (one, other) = (new Mutator(target, new Random(7)), new Mutator(target, new Random(7)));
        byte[][] inputs = [.. Enumerable.Range(0, 5_000).Select(_ => one.Next())];

        Assert.All(inputs, input => Assert.Equal(input, other.Next()));
        Assert.Contains(inputs, input => input.Length > 1_000_000);
    }

    [Fact]
    public void FailingInput_IsToldWithWhatPlaysItAgain()
    {
        var target = new FuzzTarget("any", ["abc"], ["x"], input => BrokenOutcomeException.Unless(!input.Contains((byte)'x'), "no x"));
        var fuzzer = new Fuzzer(target, seed: 7);
        fuzzer.Run(1_000);

        var message = fuzzer.Result.Failures[0].Message;
        Assert.Contains("any: FUZZ_SEED=7 FUZZ_INPUTS=", message, StringComparison.Ordinal);
        Assert.EndsWith("Expected no x.", message, StringComparison.Ordinal);
        Assert.InRange(fuzzer.Result.FailedInputs, 1, 999);
    }

    [Fact]
    public void InputThatAllocatesTooMuch_Fails()
    {
        var target = new FuzzTarget("any", ["abc"], ["x"], input => _ = new byte[input.Length > 3 ? 100_000 : 0].Length);
        var fuzzer = new Fuzzer(target, seed: 7);
        fuzzer.Run(1_000);

        Assert.Contains("bytes to be allocated", fuzzer.Result.Failures[0].Message, StringComparison.Ordinal);
        Assert.InRange(fuzzer.Result.WorstBytes, 100_000, 200_000);
    }
}
