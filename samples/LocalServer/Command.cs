using OAuthClient.Testing;

namespace LocalServer;

/// <summary>A server on a port of this machine, for whoever writes a client and has no server yet: its requests as they come, its faults by keys, a page that shows both.</summary>
public static class Command
{
    public const string Usage = """
        Starts an OAuth2 authorization server and an API behind a gateway, on this machine alone.

          --Port=9090          the port; 0 takes a free one
          --Settings=<file>    clients, users and all else, as JSON
          --<Setting>=<value>  one of them, such as --TokenLifetime=00:00:20 --UseHttps=true

        Without clients of yours there is test-client, with the secret test-secret. Everything that can be set: src/OAuthClient.Testing/README.md.
        """;

    /// <summary>Runs until it is cancelled, or Q is pressed.</summary>
    /// <returns>The exit code: 0, 1 where the server does not start, 2 where the settings are wrong.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        if (args is ["--help" or "-h" or "help", ..])
        {
            await output.WriteLineAsync(Usage);
            return 0;
        }

        OAuth2TestServer server;
        try
        {
            server = await OAuth2TestServer.StartAsync(options => Settings.Read(args, options), cancellationToken);
        }
        catch (Exception exception) when (exception is SettingsException or ArgumentException or IOException)
        {
            await errors.WriteLineAsync(exception.Message);
            return exception is IOException ? 1 : 2;
        }

        await using (server)
        {
            var faults = new Faults(server);
            server.Options.Fallback = new Page(server, faults).AnswerAsync;
            var screen = new Screen(server, faults, output);
            screen.Welcome();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (!Console.IsInputRedirected)
                _ = Task.Run(() => screen.ReadKeys(end), CancellationToken.None);
            await screen.ShowRequestsAsync(end.Token);
            return 0;
        }
    }
}
