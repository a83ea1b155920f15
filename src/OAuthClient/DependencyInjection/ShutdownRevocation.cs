using Microsoft.Extensions.Hosting;

namespace OAuthClient.DependencyInjection;

// Revokes the tokens of those clients that want it, once every hosted service has ended: until then one of them, such as the web server, may need a token.
internal sealed class ShutdownRevocation(OAuth2Clients clients) : IHostedLifecycleService
{
    private const int AtATime = 32; // A connection each: a client may have a token for each of thousands of users.

    public Task StoppedAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(clients.Known.Where(client => client.State.Settings is { RevokeOnShutdown: true, SendsNoToken: false }).Select(client => RevokeAsync(client, cancellationToken)));

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static async Task RevokeAsync(OAuth2Client client, CancellationToken cancellationToken)
    {
        var state = client.State;
        using var deadline = new CancellationTokenSource(state.Settings.TokenRequestTimeout, client.Clock.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            // A refresh token that the user brought along is needed at the next start.
            var own = state.Sources.Where(source => source.Request.InitialRefreshToken is null);
            await Parallel.ForEachAsync(own, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = either.Token }, async (source, token) => await client.RevokeAsync(source, token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            var reason = exception is OperationCanceledException ? "the host's time to stop, or TokenRequestTimeout, was over before the server had taken it." : SafeText.Redact(exception.Message, state.Settings.Secrets);
            Log.RevocationFailed(client.Engine.Logger, state.Settings.Name, reason!);
        }
    }
}
