using System.Globalization;
using OAuthClient.Testing;

namespace LocalServer;

/// <summary>The terminal.</summary>
internal sealed class Screen(OAuth2TestServer server, Faults faults, TextWriter output)
{
    public void Welcome()
    {
        output.WriteLine($"""
            Page            {server.BaseAddress}
            Token endpoint  {server.TokenEndpoint}
            Issuer          {server.Issuer}
            API             {server.ApiBaseAddress}
            Clients         {string.Join(", ", server.Options.Clients.Select(static client => client.ClientId + (client is { ClientId: OAuth2TestServer.DefaultClientId, ClientSecret: OAuth2TestServer.DefaultClientSecret } ? $" (secret: {client.ClientSecret})" : "")))}

            """);
        foreach (var fault in Faults.All)
            output.WriteLine($"  {fault.Key}  {fault.What}");
        output.WriteLine("  R  Revoke all tokens");
        output.WriteLine("  Q  Quit");
        output.WriteLine();
    }

    /// <summary>Writes a line for each request as soon as it has its answer, or has waited for one for three seconds, until it is cancelled.</summary>
    public async Task ShowRequestsAsync(CancellationToken cancellationToken)
    {
        var shown = new HashSet<RecordedRequest>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        try
        {
            do
            {
                var requests = Request.All(server).ToArray();
                var patience = server.Options.TimeProvider.GetUtcNow().AddSeconds(-3);
                foreach (var (_, request) in requests.Where(request => (request.Record.StatusCode is not null || request.Record.ReceivedAt < patience) && shown.Add(request.Record)))
                    output.WriteLine($"{request.At.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {request.Of,-6}  {request.Status?.ToString(CultureInfo.InvariantCulture) ?? "---"}  {request.Line}  {request.By}");
                shown.IntersectWith(requests.Select(static request => request.Record));
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Switches what a key stands for, until Q is pressed.</summary>
    public void ReadKeys(CancellationTokenSource end)
    {
        while (!end.IsCancellationRequested)
        {
            var key = char.ToUpperInvariant(Console.ReadKey(intercept: true).KeyChar);
            if (key == 'Q')
            {
                end.Cancel();
            }
            else if (key == 'R')
            {
                server.RevokeAllTokens();
                output.WriteLine("          All tokens are revoked.");
            }
            else if (Faults.All.FirstOrDefault(fault => fault.Key == key) is { } fault)
            {
                faults.Toggle(fault);
                output.WriteLine($"          {(faults.IsOn(fault) ? "ON " : "off")} {fault.What}");
            }
        }
    }
}
