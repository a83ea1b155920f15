namespace LocalServer.Tests;

/// <summary>A test that needs a browser: the one that CHROMIUM names, or the one that the system has.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    private static readonly string[] _names = ["chromium", "chromium-browser", "google-chrome"];

    public BrowserFactAttribute()
    {
        if (Executable is null)
            Skip = "No Chromium is on PATH, nor does CHROMIUM name one.";
    }

    public static string? Executable { get; } = Environment.GetEnvironmentVariable("CHROMIUM")
        ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).SelectMany(static folder => _names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
