using Microsoft.Extensions.Caching.Memory;

namespace OAuthClient.Clients;

// The clients that are known only at run time: asked for by the first call that names them, once for all who wait, and kept while they are in use.
// resolve: Brings a client's checked options, or null where nobody knows it.
internal sealed class ResolvedClients(
    Func<string, CancellationToken, Task<OAuth2ClientOptions?>> resolve,
    OAuth2ClientResolverOptions limits,
    Func<string, bool, CancellationToken, ValueTask<string>> findToken,
    TokenEngine engine)
{
    private const string TelemetryName = "(resolved)"; // There may be thousands, which no metric takes.

    private readonly object _gate = new();
    private readonly MemoryCache _known = engine.CreateCache();
    private readonly Dictionary<string, TaskCompletionSource<Found>> _underWay = new(StringComparer.Ordinal); // Of several at a time for one name, the last.

    public IEnumerable<OAuth2Client> Known => _known.Keys.Select(_known.Get<OAuth2Client>).OfType<OAuth2Client>();

    public OAuth2Client? Find(string name) => _known.Get<OAuth2Client>(name);

    // Null where nobody knows such a client.
    public async ValueTask<OAuth2Client?> FindAsync(string name, bool async, CancellationToken cancellationToken) =>
        Find(name) ?? await AskAsync(name, again: false, async, cancellationToken).ConfigureAwait(false);

    public async ValueTask ReloadAsync(string name, CancellationToken cancellationToken)
    {
        if (await AskAsync(name, again: true, async: true, cancellationToken).ConfigureAwait(false) is null)
            await RemoveAsync(name).ConfigureAwait(false);
    }

    public async ValueTask RemoveAsync(string name)
    {
        OAuth2Client? client;
        lock (_gate)
        {
            _underWay.Remove(name);
            client = Find(name);
            _known.Remove(name);
        }

        foreach (var source in client?.State.Sources ?? [])
            await source.InvalidateAsync().ConfigureAwait(false);
    }

    // again: True for one who wants to hear it anew.
    private async ValueTask<OAuth2Client?> AskAsync(string name, bool again, bool async, CancellationToken cancellationToken)
    {
        TaskCompletionSource<Found>? promise;
        var isMine = false;
        lock (_gate)
        {
            if (!again && Find(name) is { } known)
                return known;
            if (again || !_underWay.TryGetValue(name, out promise))
            {
                isMine = true;
                _underWay[name] = promise = engine.Scheduler.CreatePromise<Found>();
            }
        }

        if (isMine)
            Run(name, promise, async);
        var answer = promise.Task;
        if (async)
            await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        else
            answer.Wait(cancellationToken);
        var (client, fault, cause) = await answer.ConfigureAwait(false);
        return fault is null ? client : throw new OAuth2TokenException(name, $"OAuth2 client '{name}': {fault}", cause) { IsTransient = cause is not OptionsValidationException };
    }

    private void Run(string name, TaskCompletionSource<Found> promise, bool async)
    {
        try
        {
            engine.Scheduler.Run(_ => RunAsync(name, promise), async);
        }
        catch (Exception exception)
        {
            // No thread was to be had.
            End(name, promise, null, $"it could not be asked for: {exception.GetType().Name}.", exception);
        }
    }

    private async Task RunAsync(string name, TaskCompletionSource<Found> promise)
    {
        using var deadline = new CancellationTokenSource(limits.Timeout, engine.Clock.TimeProvider);
        try
        {
            var options = await resolve(name, deadline.Token).WaitAsync(deadline.Token).ConfigureAwait(false);
            End(name, promise, options is null ? null : new ClientSettings(name, options, findToken) { TelemetryName = TelemetryName }, null, null);
        }
        catch (OptionsValidationException exception)
        {
            End(name, promise, null, $"what the resolver of AddOAuth2ClientResolver brought makes no sense. {exception.Message}", exception);
        }
        catch (Exception exception)
        {
            var how = deadline.IsCancellationRequested ? $"did not answer within {limits.Timeout:c}" : $"failed with {exception.GetType().Name}; the inner exception tells more";
            End(name, promise, null, $"the resolver of AddOAuth2ClientResolver {how}.", exception);
        }
    }

    private void End(string name, TaskCompletionSource<Found> promise, ClientSettings? settings, string? fault, Exception? cause)
    {
        OAuth2Client? client = null;
        lock (_gate)
        {
            // One that was removed, or asked for again since, serves who waits for it and is not kept.
            var isCurrent = _underWay.GetValueOrDefault(name) == promise && _underWay.Remove(name);
            if (settings is not null)
            {
                client = isCurrent ? Find(name) : null;
                if (client is null)
                    client = new OAuth2Client(settings, engine);
                else
                    client.Update(settings);
                if (isCurrent)
                    TokenEngine.Keep(_known, name, client, limits.MaxClients, limits.IdleTimeout);
            }
        }

        promise.SetResult(new Found(client, fault, cause));
    }

    // Neither a client nor a fault where nobody knows it.
    private sealed class Found(OAuth2Client? client, string? fault, Exception? cause)
    {
        public void Deconstruct(out OAuth2Client? found, out string? why, out Exception? inner) => (found, why, inner) = (client, fault, cause);
    }
}
