using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using OAuthClient.DependencyInjection;
using OAuthClient.Diagnostics;

namespace OAuthClient.Tokens;

/// <summary>The registered clients by name, kept up to date with their options.</summary>
internal sealed class OAuth2Clients(
    IOptionsFactory<OAuth2ClientOptions> optionsFactory,
    IEnumerable<IOptionsChangeTokenSource<OAuth2ClientOptions>> changeSources,
    HandlerRegistrations registrations,
    TokenRegistry registry) : IDisposable
{
    private readonly ConcurrentDictionary<string, OAuth2Client> _clients = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _subscriptions = [];
    private readonly object _gate = new();

    /// <summary>The clients that have been used, any of whose tokens a request may carry.</summary>
    public IEnumerable<OAuth2Client> Known => _clients.Select(pair => pair.Value);

    /// <exception cref="InvalidOperationException">No client has that name.</exception>
    /// <exception cref="OptionsValidationException">Its options are not valid.</exception>
    public OAuth2Client Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_clients.TryGetValue(name, out var known))
            return known;
        if (registrations.FindProblem(name) is { } problem)
            throw new InvalidOperationException($"OAuth2 client '{name}': {problem}");
        lock (_gate)
        {
            if (_clients.TryGetValue(name, out known))
                return known;
            var client = new OAuth2Client(new ClientSettings(name, optionsFactory.Create(name)), registry);
            foreach (var source in changeSources)
            {
                if (source.Name is null || source.Name == name)
                    _subscriptions.Add(ChangeToken.OnChange(source.GetChangeToken, () => Reload(name, client)));
            }

            return _clients[name] = client;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _subscriptions.ForEach(subscription => subscription.Dispose());
            _subscriptions.Clear();
        }
    }

    private void Reload(string name, OAuth2Client client)
    {
        try
        {
            client.Update(new ClientSettings(name, optionsFactory.Create(name)));
        }
        catch (OptionsValidationException invalid)
        {
            Log.OptionsRejected(registry.Engine.Logger, name, invalid.Message);
        }
        catch (Exception exception)
        {
            // What a callback of the user's throws must not end the thread that noticed the change.
            Log.OptionsRejected(registry.Engine.Logger, name, $"reading them failed with {exception.GetType().Name}.");
        }
    }
}
