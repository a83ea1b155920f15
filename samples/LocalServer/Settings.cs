using Microsoft.Extensions.Configuration;
using OAuthClient.Testing;

namespace LocalServer;

/// <summary>What a file and the command line say about the server; names are those of <see cref="OAuth2TestServerOptions"/>.</summary>
internal static class Settings
{
    private const string File = "Settings";

    public static void Read(string[] args, OAuth2TestServerOptions options)
    {
        if (Array.Find(args, static arg => !arg.StartsWith("--", StringComparison.Ordinal) || !arg.Contains('=', StringComparison.Ordinal)) is { } stray)
            throw new SettingsException($"'{stray}' is no setting. Write --Name=value, such as --Port=9090; --help lists them.");
        var arguments = new ConfigurationBuilder().AddCommandLine(args).Build();
        (options.Port, options.RecordedRequestLimit) = (9090, 200);
        try
        {
            var settings = new ConfigurationBuilder();
            if (arguments[File] is { } file)
                settings.AddJsonFile(Path.GetFullPath(file));
            settings.AddInMemoryCollection(arguments.AsEnumerable().Where(static pair => !pair.Key.Equals(File, StringComparison.OrdinalIgnoreCase)));
            settings.Build().Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (Exception exception) when (exception is FileNotFoundException or InvalidDataException or InvalidOperationException)
        {
            throw new SettingsException(exception.InnerException is { } inner ? $"{exception.Message} {inner.Message}" : exception.Message, exception);
        }
    }
}
