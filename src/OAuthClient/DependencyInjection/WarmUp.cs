using Microsoft.Extensions.Hosting;

namespace OAuthClient.DependencyInjection;

// Fetches tokens before any hosted service starts, the web server among them.
internal sealed class WarmUp(OAuth2Clients clients, IOAuth2TokenProvider tokens, TokenEngine engine, IOptions<OAuth2WarmUpOptions> options) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var wanted = options.Value;
        using var deadline = new CancellationTokenSource(wanted.Timeout, engine.Clock.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        string[] names = [.. (wanted.Clients.Count == 0 ? clients.Names : wanted.Clients.Distinct(StringComparer.Ordinal)).Where(IsReady)];
        var failures = (await Task.WhenAll(names.Select(name => FetchAsync(name, wanted.Timeout, either.Token))).ConfigureAwait(false)).OfType<Failure>().ToArray();

        // Who stops the host while it starts hears of that alone.
        cancellationToken.ThrowIfCancellationRequested();
        if (failures.Length > 0)
            Judge(failures, wanted.FailFast);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private bool IsReady(string name)
    {
        if (FindObstacle(name) is not { } obstacle)
            return true;
        Log.ClientNotWarmedUp(engine.Logger, name, obstacle);
        return false;
    }

    // Why there is nothing to fetch yet; null where there is. One whose options make no sense is asked for, and says so.
    private string? FindObstacle(string name)
    {
        if (clients.FindFault(name, out var client) is not null)
            return null;
        var settings = client!.State.Settings;
        return settings switch
        {
            { SendsNoToken: true } => "it sends no token.",
            { GrantType: GrantTypes.DeviceCode } => "a user signs in for its token.",
            { IsExchangedByCall: true } => "its calls bring what is exchanged for a token.",
            _ => settings.Exchanged.Select(other => FindObstacle(other) is { } obstacle ? $"it exchanges the token of client '{other}': {obstacle}" : null).FirstOrDefault(obstacle => obstacle is not null),
        };
    }

    private async Task<Failure?> FetchAsync(string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await tokens.GetTokenAsync(name, cancellationToken: cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            return new Failure(name, $"its token did not come within the warm-up's Timeout of {timeout:c}. Raise that, or find what takes so long.", exception, isRefusal: false);
        }
        catch (Exception exception)
        {
            var reason = exception is OAuth2TokenException or OptionsValidationException ? exception.Message : $"getting its token failed with {exception.GetType().Name}; the inner exception tells more.";
            var own = $"OAuth2 client '{name}': ";
            return new Failure(name, reason.StartsWith(own, StringComparison.Ordinal) ? reason[own.Length..] : reason, exception, exception is OAuth2TokenException noToken && IsRefusal(noToken));
        }
    }

    private void Judge(Failure[] failures, bool failFast)
    {
        // A host that is started again for one client's sake would send again what another's server has refused.
        if (failFast && !failures.Any(failure => failure.IsRefusal))
            throw new OAuth2TokenException(
                failures[0].Client,
                $"The host does not start, since FailFast of AddOAuth2WarmUp is set and no token could be had. {string.Join(' ', failures.Select(failure => $"OAuth2 client '{failure.Client}': {failure.Reason}"))}",
                failures.Length == 1 ? failures[0].Exception : new AggregateException(failures.Select(failure => failure.Exception)))
            { IsTransient = failures.All(failure => failure.Exception is OperationCanceledException or OAuth2TokenException { IsTransient: true }) };
        foreach (var failure in failures)
        {
            if (failFast)
                Log.StartedWithoutToken(engine.Logger, failure.Client, failure.Reason);
            else
                Log.NoTokenAtStart(engine.Logger, failure.Client, failure.Reason);
        }
    }

    // True for what was sent and not taken, also where it was the client's whose token this one exchanges.
    private static bool IsRefusal(OAuth2TokenException exception) =>
        exception.Error is "invalid_client" or "invalid_grant"
        || (!exception.IsTransient && (exception.WasAnswered || exception.Error is not null))
        || (exception.InnerException is OAuth2TokenException inner && IsRefusal(inner));

    private sealed class Failure(string client, string reason, Exception exception, bool isRefusal)
    {
        public string Client => client;
        public string Reason => reason;
        public Exception Exception => exception;
        public bool IsRefusal => isRefusal;
    }
}
