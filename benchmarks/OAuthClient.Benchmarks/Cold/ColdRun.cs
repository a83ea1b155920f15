using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using OAuthClient.Benchmarks.Quick;
using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Cold;

/// <summary>
/// <c>cold --pairs n --host --profile</c>: how long a new process takes to the answer of its first call, a token included. Ours beside what people write by hand,
/// with the factory and without; each is a process of its own. <c>--host</c> builds a host in each; <c>--profile</c> tells what was loaded and compiled.
/// </summary>
internal static partial class ColdRun
{
    public const string Hand = "hand";
    public const string Factory = "factory";
    public const string Ours = "ours";

    /// <summary>The most that ours may take over what is written by hand, and by how much a busy machine may miss it before that counts.</summary>
    private const double MostOverHand = 60;
    private const double Margin = 20;

    private static readonly string[] _variants = [Hand, Factory, Ours];

    /// <summary>What one process found. Its life is that from before the runtime's own start.</summary>
    private sealed record Start(double Milliseconds, double Life, double Processor, double Methods, double Compilation, string[] Assemblies);

    /// <summary>The exit code is 0 where ours takes no more than it may, 1 where it does, 2 where the arguments are none.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var pairs = 15;
        if (Array.IndexOf(args, "--pairs") is >= 0 and var at
            && (at + 1 == args.Length || !int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out pairs) || pairs is < 1 or > 200))
        {
            Console.Error.WriteLine("--pairs takes a number from 1 to 200.");
            return 2;
        }

        await using var server = await OAuth2TestServer.StartAsync();
        string[] common = [server.TokenEndpoint.AbsoluteUri, new Uri(server.ApiBaseAddress, "orders").AbsoluteUri, .. args.Where(arg => arg == "--host")];
        Console.WriteLine(Machine.Describe());

        // The first ones find no file in the system's cache, and the server as cold as themselves.
        foreach (var variant in _variants)
            await StartAsync(variant, common);
        var found = _variants.ToDictionary(variant => variant, _ => new List<Start>());
        for (var pair = 0; pair < pairs; pair++)
        {
            foreach (var variant in pair % 2 == 0 ? _variants : _variants.Reverse())
                found[variant].Add(await StartAsync(variant, common));
        }

        foreach (var variant in _variants)
            Console.WriteLine(Describe(found[variant], variant));
        var overHand = Median(found[Ours].Zip(found[Hand], (ours, hand) => ours.Milliseconds - hand.Milliseconds));
        Console.WriteLine(new Line("ours")
            .Add("over_hand_ms", overHand, 1)
            .Add("over_hand_cpu_ms", Median(found[Ours].Zip(found[Hand], (ours, hand) => ours.Processor - hand.Processor)), 1)
            .Add("over_factory_ms", Median(found[Ours].Zip(found[Factory], (ours, factory) => ours.Milliseconds - factory.Milliseconds)), 1)
            .Add("ratio", Median(found[Ours].Zip(found[Hand], (ours, hand) => ours.Milliseconds / hand.Milliseconds)), 2));
        if (args.Contains("--profile"))
            await PrintProfileAsync(found, common);
        if (overHand <= MostOverHand + Margin)
            return 0;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"MISSED ours over_hand_ms: found {overHand:f0}, allowed {MostOverHand:f0}"));
        return 1;
    }

    private static Line Describe(List<Start> starts, string variant) => new Line(variant)
        .Add("ms", Median(starts.Select(start => start.Milliseconds)), 1)
        .Add("process_ms", Median(starts.Select(start => start.Life)))
        .Add("cpu_ms", Median(starts.Select(start => start.Processor)), 1)
        .Add("jit_methods", Median(starts.Select(start => start.Methods)))
        .Add("jit_ms", Median(starts.Select(start => start.Compilation)), 1)
        .Add("assemblies", Median(starts.Select(start => (double)start.Assemblies.Length)));

    private static async Task PrintProfileAsync(Dictionary<string, List<Start>> found, string[] common)
    {
        var methods = new Dictionary<string, string[]>();
        foreach (var variant in _variants)
            methods[variant] = await ListCompiledAsync(variant, common);
        foreach (var (variant, beside) in new[] { (Factory, Hand), (Ours, Factory) })
        {
            Console.WriteLine();
            Console.WriteLine($"{variant}, and not {beside}, loads: {string.Join(", ", found[variant][^1].Assemblies.Except(found[beside][^1].Assemblies).Order(StringComparer.Ordinal))}");
            Console.WriteLine($"{variant}, and not {beside}, compiles:");
            foreach (var group in methods[variant].Except(methods[beside]).GroupBy(FindRoom).OrderByDescending(group => group.Count()).Take(25))
                Console.WriteLine($"{group.Count(),6} {group.Key}");
        }
    }

    /// <summary>The runtime's own list of what it compiles; what comes compiled from elsewhere is not in it.</summary>
    private static async Task<string[]> ListCompiledAsync(string variant, string[] common)
    {
        var list = Path.GetTempFileName();
        try
        {
            using (var process = Launch(variant, common, ("DOTNET_JitStdOutFile", list), ("DOTNET_JitDisasmSummary", "1")))
            {
                // Whatever its exit code: with these settings a runtime may break off at its very end.
                await process.StandardOutput.ReadToEndAsync();
                await process.WaitForExitAsync();
            }

            return [.. (await File.ReadAllLinesAsync(list)).Select(line => Compiled().Match(line).Groups["method"].Value).Where(method => method.Length > 0).Distinct()];
        }
        finally
        {
            File.Delete(list);
        }
    }

    private static async Task<Start> StartAsync(string variant, string[] common)
    {
        using var process = Launch(variant, common);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"The process of '{variant}' ended with {process.ExitCode}.");

        // A host logs to the console before that.
        var words = output.TrimEnd().Split('\n')[^1].Split(' ');
        var figures = words[..5].Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return new Start(figures[0], figures[1], figures[2], figures[3], figures[4], words[5].Split(','));
    }

    private static Process Launch(string variant, string[] common, params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };

        // Under `dotnet benchmark.dll` that is dotnet itself.
        if (Path.GetFileNameWithoutExtension(info.FileName) == "dotnet")
            info.ArgumentList.Add(typeof(ColdRun).Assembly.Location);
        foreach (var argument in common.Prepend(variant).Prepend(ColdChild.Verb))
            info.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            info.Environment[name] = value;
        return Process.Start(info)!;
    }

    private static string FindRoom(string method) => Room().Match(method) is { Success: true } room ? room.Value : "(the compiler's own)";

    private static double Median(IEnumerable<double> values) => Rounds.Median([.. values]);

    [GeneratedRegex(@"^ *\d+: JIT compiled (?<method>.+?) \[")]
    private static partial Regex Compiled();

    /// <summary>The first two or three words of a namespace.</summary>
    [GeneratedRegex(@"^(\w+\.){0,2}\w+")]
    private static partial Regex Room();
}
