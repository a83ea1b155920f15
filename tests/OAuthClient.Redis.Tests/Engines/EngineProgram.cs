using Garnet;
using OAuthClient.Redis.Tests.Fleet;

namespace OAuthClient.Redis.Tests.Engines;

/// <summary>
/// What runs where this assembly is started as a program: an instance of a fleet, or Garnet, until whoever started it ends or lets go of its input.
/// </summary>
internal static class EngineProgram
{
    public const string Ready = "Ready to accept connections";

    // Small, and without the banner.
    private static readonly string[] _settings = ["--bind", "127.0.0.1", "--memory", "64m", "--index", "1m", "-q"];

    public static async Task Main(string[] arguments)
    {
        if (arguments is [FleetInstance.Argument, var order])
        {
            await FleetInstance.RunAsync(order);
            return;
        }

        Console.WriteLine(Environment.ProcessId);
        using var server = Start(arguments);
        Console.WriteLine(Ready);
        await Console.In.ReadToEndAsync();
    }

    public static GarnetServer Start(params string[] arguments)
    {
        var server = new GarnetServer([.. _settings, .. arguments]);
        server.Start();
        return server;
    }
}
