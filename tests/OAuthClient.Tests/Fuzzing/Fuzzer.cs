using System.Diagnostics;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>
/// Feeds one target and measures what each input costs. The same seed makes the same inputs in the same order, so that an input is
/// played again by seed and number.
/// </summary>
internal sealed class Fuzzer
{
    // How often an input is fed again to tell its own cost from a collection or another thread that came between.
    private const int Repetitions = 3;

    private readonly FuzzTarget _target;
    private readonly Mutator _mutator;
    private readonly int _seed;

    public Fuzzer(FuzzTarget target, int seed)
    {
        (_target, _seed) = (target, seed);
        _mutator = new Mutator(target, new Random(seed));
        foreach (var input in target.Seeds)
            Warm(input);
    }

    public FuzzResult Result { get; } = new();

    /// <summary>Feeds so many more inputs; those that fail are in the result.</summary>
    public void Run(int inputs)
    {
        for (var i = 0; i < inputs; i++)
            Feed(_mutator.Next());
    }

    private void Feed(byte[] input)
    {
        Result.Inputs++;
        try
        {
            var (ticks, bytes) = Measure(input);
            Result.TotalTicks += ticks;
            var allowed = _target.BytesAllowed + ((long)_target.BytesAllowedForEach * input.Length);
            if (ticks <= Result.WorstTicks && bytes <= Result.WorstBytes && bytes <= allowed)
                return;
            for (var again = 0; again < Repetitions; again++)
            {
                var (otherTicks, otherBytes) = Measure(input);
                (ticks, bytes) = (Math.Min(ticks, otherTicks), Math.Min(bytes, otherBytes));
            }

            Result.Note(input, ticks, bytes);
            BrokenOutcomeException.Unless(bytes <= allowed, $"at most {allowed} bytes to be allocated for {input.Length} bytes of input, and not {bytes}");
        }
        catch (Exception exception)
        {
            // Long inputs are named by their number alone.
            var shown = input.Length <= 4096 ? Convert.ToBase64String(input) : $"({input.Length} bytes)";
            Result.Fail(new BrokenOutcomeException($"{_target}: FUZZ_SEED={_seed} FUZZ_INPUTS={Result.Inputs} ends with the input {shown}: {exception.GetType().Name}: {exception.Message}", exception));
        }
    }

    private (long Ticks, long Bytes) Measure(byte[] input)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var ticks = Stopwatch.GetTimestamp();
        _target.Check(input);
        return (Stopwatch.GetTimestamp() - ticks, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    /// <summary>What is made once for all inputs is not any input's cost.</summary>
    private void Warm(byte[] input)
    {
        try
        {
            _target.Check(input);
        }
        catch (Exception exception)
        {
            Result.Fail(new BrokenOutcomeException($"{_target}: a seed fails as it is, {Convert.ToBase64String(input)}: {exception.GetType().Name}: {exception.Message}", exception));
        }
    }
}
