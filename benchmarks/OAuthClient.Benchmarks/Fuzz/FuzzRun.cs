using System.Diagnostics;
using System.Globalization;
using OAuthClient.Tests.Fuzzing;

namespace OAuthClient.Benchmarks.Fuzz;

/// <summary><c>fuzz --seconds n --seed s</c>: all targets in turn, on every core, for so long.</summary>
internal static class FuzzRun
{
    private const int MaxThreads = 16;
    private const int InputsInTurn = 200;

    /// <summary>Prints a line for each target; the exit code is 0 where no input failed, 1 where one did, 2 where the arguments are none.</summary>
    public static int Run(string[] args)
    {
        if (!TryRead(args, "--seconds", 60, 1, 86_400, out var seconds) || !TryRead(args, "--seed", Environment.TickCount & 0xFFFFFFF, 0, int.MaxValue - MaxThreads, out var seed))
            return 2;

        // Each thread has the inputs of a seed of its own, so that the test plays them again in the same order.
        var deadline = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        var fuzzers = new Fuzzer[Math.Min(Environment.ProcessorCount, MaxThreads)][];
        var threads = new Thread[fuzzers.Length];
        for (var i = 0; i < threads.Length; i++)
        {
            var own = i;
            threads[i] = new Thread(() =>
            {
                fuzzers[own] = Array.ConvertAll(FuzzTargets.All, target => new Fuzzer(target, seed + own));
                while (Stopwatch.GetTimestamp() < deadline)
                {
                    foreach (var fuzzer in fuzzers[own])
                        fuzzer.Run(InputsInTurn);
                }
            });
            threads[i].Start();
        }

        foreach (var thread in threads)
            thread.Join();
        return Print(fuzzers, seconds, seed) ? 0 : 1;
    }

    private static bool Print(Fuzzer[][] fuzzers, int seconds, int seed)
    {
        var total = new FuzzResult();
        for (var i = 0; i < FuzzTargets.All.Length; i++)
        {
            var result = new FuzzResult();
            foreach (var ofThread in fuzzers)
                result.Add(ofThread[i].Result);
            Console.WriteLine($"fuzz target={FuzzTargets.All[i],-14} {result}");
            total.Add(result);
        }

        foreach (var failure in total.Failures)
            Console.Error.WriteLine(failure.Message);
        Console.WriteLine($"fuzz total seconds={seconds} threads={fuzzers.Length} seed={seed} {total}");
        return total.FailedInputs == 0;
    }

    private static bool TryRead(string[] args, string name, int otherwise, int minimum, int maximum, out int number)
    {
        number = otherwise;
        if (Array.IndexOf(args, name) is not (>= 0 and var at))
            return true;
        if (at + 1 < args.Length && int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= minimum && number <= maximum)
            return true;
        Console.Error.WriteLine($"{name} takes a number from {minimum} to {maximum}.");
        return false;
    }
}
