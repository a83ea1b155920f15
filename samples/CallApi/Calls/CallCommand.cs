using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CallApi;

/// <summary>Calls the API.</summary>
internal static class CallCommand
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var configuration = new ConfigurationBuilder().AddSources(CommandLine.ParseCall(args, Syntax.Call), terminal).Build();
        var settings = CallSettings.Read(configuration);
        IHost? host = null;
        var wire = new Wire { Text = settings is { LogLevel: not null, IsRun: false } ? new WireText(terminal.Errors, () => WireText.FindCredentialHeaders(host!.GetOptions())) : null };
        using (host = ClientHost.Create(configuration, settings, wire))
        {
            await host.StartAsync();
            settings.Check(host.GetOptions());
            var exitCode = await new Session(settings, host.Services, wire, terminal).RunAsync(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
            await host.StopAsync();
            return exitCode;
        }
    }
}
