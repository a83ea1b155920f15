using Microsoft.Extensions.Primitives;

namespace OAuthClient.Clients;

// The registered clients by name, kept up to date with their options, and beside them those that are known only at run time.
internal sealed class OAuth2Clients(
    IOptionsFactory<OAuth2ClientOptions> optionsFactory,
    IEnumerable<IOptionsChangeTokenSource<OAuth2ClientOptions>> changeSources,
    HandlerRegistrations registrations,
    TokenEngine engine,
    ClientResolver? resolver = null) : IDisposable, IOAuth2ResolvedClients
{
    private const int MaxNameLength = 256; // Of a client that is known only at run time.

    private readonly ConcurrentDictionary<string, OAuth2Client> _clients = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private ResolvedClients? _resolved;
    private volatile bool _disposed;

    public IEnumerable<string> Names => registrations.Clients;
    public IEnumerable<OAuth2Client> Known => _clients.Select(pair => pair.Value).Concat(Resolved?.Known ?? []); // The clients that have been used, any of whose tokens a request may carry.

    private ResolvedClients? Resolved => resolver is null ? null : _resolved ?? Interlocked.CompareExchange(ref _resolved, resolver.Create(GetTokenAsync, engine), null) ?? _resolved;

    // The client of that name, which the resolver is asked for where nobody has registered it.
    public async ValueTask<OAuth2Client> FindAsync(string name, bool async, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Resolved is null || registrations.Knows(name))
            return Get(name);

        // It comes from outside, and goes into logs and messages.
        return name.Length is 0 or > MaxNameLength || name.Any(char.IsControl)
            ? throw new InvalidOperationException($"The request names an OAuth2 client by a name that is empty, longer than {MaxNameLength} characters, or holds control characters. The resolver of AddOAuth2ClientResolver was not asked for it.")
            : await Resolved.FindAsync(name, async, cancellationToken).ConfigureAwait(false) ?? throw new InvalidOperationException($"OAuth2 client '{name}': {registrations.FindProblem(name)} The resolver of AddOAuth2ClientResolver does not know it either.");
    }

    public ValueTask ReloadAsync(string clientName, CancellationToken cancellationToken = default) => GetResolved(clientName).ReloadAsync(clientName, cancellationToken);

    public ValueTask RemoveAsync(string clientName, CancellationToken cancellationToken = default) => GetResolved(clientName).RemoveAsync(clientName);

    // One that is known already.
    public OAuth2Client Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_clients.TryGetValue(name, out var known) || (known = _resolved?.Find(name)) is not null)
            return known;
        if (registrations.FindProblem(name) is { } problem)
            throw new InvalidOperationException($"OAuth2 client '{name}': {problem}");

        // One lock a client, held while its options are made: what the user's callbacks do with other clients goes on beside it.
        var slot = _slots.GetOrAdd(name, static _ => new Slot());
        lock (slot)
        {
            if (_clients.TryGetValue(name, out known))
                return known;

            // Before the options are read: a change while they are is waiting for the lock, and comes after them.
            if (slot.Subscriptions.Count == 0 && !_disposed)
                slot.Subscriptions.AddRange(changeSources.Where(source => source.Name is null || source.Name == name).Select(source => ChangeToken.OnChange(source.GetChangeToken, () => Reload(name, slot))));
            Telemetry.Watch(this, static clients => clients.FindFailing());
            var changes = slot.Changes;
            var client = _clients[name] = new OAuth2Client(new ClientSettings(name, optionsFactory.Create(name), GetTokenAsync), engine);

            // The user's own callbacks may have changed what they were made from.
            if (slot.Changes != changes)
                Reload(name, slot);
            return client;
        }
    }

    // What keeps a registered client from being made: its options make no sense, or cannot be read; else null. No client: the resolver has not been asked for it yet.
    public string? FindFault(string name, out OAuth2Client? client)
    {
        if (Resolved is not null && !registrations.Knows(name))
        {
            client = Resolved.Find(name);
            return null;
        }

        client = null;
        try
        {
            client = Get(name);
            return null;
        }
        catch (Exception exception) when (registrations.FindProblem(name) is null)
        {
            return Describe(exception);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        Telemetry.Unwatch(this);
        foreach (var slot in _slots.Values)
        {
            // Ending a subscription waits for its callback, which may be waiting for the lock.
            IDisposable[] ended;
            lock (slot)
            {
                ended = [.. slot.Subscriptions];
                slot.Subscriptions.Clear();
            }

            Array.ForEach(ended, subscription => subscription.Dispose());
        }
    }

    // For the client that exchanges another's token.
    private async ValueTask<string> GetTokenAsync(string name, bool async, CancellationToken cancellationToken)
    {
        var state = Get(name).State;
        return (await state.Default.GetAsync(origin: null, patient: false, state.Settings, async, cancellationToken).ConfigureAwait(false)).Token.Value;
    }

    private void Reload(string name, Slot slot)
    {
        string? obstacle = null;

        // Read and taken over under one lock: of two changes at a time the later one's settings stay.
        lock (slot)
        {
            var change = ++slot.Changes;
            if (!_clients.TryGetValue(name, out var client))
                return;
            try
            {
                var settings = new ClientSettings(name, optionsFactory.Create(name), GetTokenAsync);
                if (slot.Changes == change)
                    client.Update(settings);
            }
            catch (Exception exception)
            {
                // What a callback of the user's throws must not end the thread that noticed the change.
                obstacle = Describe(exception);
            }
        }

        if (obstacle is not null)
            Log.OptionsRejected(engine.Logger, name, obstacle);
    }

    private static string Describe(Exception exception) => exception is OptionsValidationException ? exception.Message : $"reading its settings failed with {exception.GetType().Name}.";

    private ResolvedClients GetResolved(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return registrations.Knows(name)
            ? throw new InvalidOperationException($"OAuth2 client '{name}' is registered, and follows its configuration by itself. Only clients that a resolver has found are reloaded and removed.")
            : Resolved ?? throw new InvalidOperationException($"OAuth2 client '{name}' cannot be found: there is no resolver. Register one with AddOAuth2ClientResolver(...).");
    }

    private IEnumerable<string> FindFailing() => _clients.Values.Where(client => client.GetStatus(null).Failure is not null).Select(client => client.State.Settings.Name);

    private sealed class Slot
    {
        public List<IDisposable> Subscriptions { get; } = [];
        public int Changes { get; set; }
    }
}
