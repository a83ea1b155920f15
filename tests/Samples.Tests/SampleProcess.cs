using System.Diagnostics;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>A sample, run as a user runs it.</summary>
internal static class SampleProcess
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    public static ProcessStartInfo Info(string sample, params IEnumerable<string> arguments) =>
        new("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{sample}.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };

    /// <summary>All that it prints, once it has ended well. No secret may be in it.</summary>
    public static async Task<string> RunAsync(string sample, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(Info(sample, arguments))!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(_patience);
            var text = $"{await output}{await error}";
            Assert.True(process.ExitCode == 0, text);
            Assert.DoesNotContain(OAuth2TestServer.DefaultClientSecret, text, StringComparison.Ordinal);
            return text;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
