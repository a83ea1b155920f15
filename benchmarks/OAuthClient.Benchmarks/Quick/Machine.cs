using System.Globalization;
using System.Runtime.InteropServices;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>Where and when something was measured.</summary>
internal static class Machine
{
    public static string Describe() => string.Join(", ",
        FindProcessor(),
        $"{Environment.ProcessorCount} cores",
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static string FindProcessor()
    {
        const string file = "/proc/cpuinfo";
        var model = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
