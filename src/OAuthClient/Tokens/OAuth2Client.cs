using OAuthClient.Diagnostics;
using OAuthClient.Grants;

namespace OAuthClient.Tokens;

/// <summary>One registered client: its present state, and the addresses that its HttpClients turned out to have.</summary>
internal sealed class OAuth2Client
{
    private readonly object _gate = new();
    // One for each origin: an HttpClient may have an address of its own for every tenant.
    private readonly List<Uri> _addresses = [];
    private readonly TokenRegistry _registry;
    private volatile ClientState _state;
    private bool _passwordGrantWarned;

    public OAuth2Client(ClientSettings settings, TokenRegistry registry)
    {
        _registry = registry;
        Clock = registry.Engine.Clock;
        _state = new ClientState(settings, registry, []);
        WarnOfPasswordGrant(settings);
    }

    public ClientState State => _state;

    public TokenEngine Engine => _registry.Engine;

    public LifetimeClock Clock { get; }

    /// <summary>Lets the base address of a factory's HttpClient see the token.</summary>
    public void AddAddress(Uri address)
    {
        lock (_gate)
        {
            // Kept even where the settings allow it already: they may change, and the HttpClient does not.
            if (_addresses.Exists(known => Uri.Compare(known, address, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0))
                return;
            _addresses.Add(address);
            _state.Origins.Add(address);
        }
    }

    /// <summary>
    /// Takes over changed settings. A token that is asked for differently under them is dropped; one that differs by credentials alone
    /// serves until it is replaced.
    /// </summary>
    public void Update(ClientSettings changed)
    {
        lock (_gate)
        {
            if (changed.SaysTheSameAs(_state.Settings))
                return;
            _state = new ClientState(changed, _registry, _addresses, _state);
            WarnOfPasswordGrant(changed);
        }
    }

    private void WarnOfPasswordGrant(ClientSettings settings)
    {
        if (_passwordGrantWarned || settings.Grant is not PasswordGrant)
            return;
        _passwordGrantWarned = true;
        Log.PasswordGrantUsed(Engine.Logger, settings.Name);
    }
}
